/** Config: environment variables, as strings or with Kubernetes' `valueFrom`. */
import { z } from "zod";
import { Deferred } from "../deferred";
import { anyText, doc, leaf, mapping, named, objectName, text } from "../fields";

const SOURCES = ["fieldRef", "configMapKeyRef", "secretKeyRef"] as const;
const STRING = "a string (quote numbers and booleans)";
const SOURCE =
    "exactly one of fieldRef {fieldPath}, configMapKeyRef {name, key} and secretKeyRef {name, key}";
const MAPPING = "a mapping from names to strings";

const keyRef = (what: string) =>
    named(
        "KeyReferenceArgs",
        mapping({
            name: doc(objectName(), `Name of the ${what}.`),
            key: doc(text(), `Key in the ${what}.`),
        }),
    );

const sourceSchema = named(
    "VariableSourceArgs",
    mapping({
        fieldRef: doc(
            named(
                "FieldReferenceArgs",
                mapping({ fieldPath: doc(text(), "Path of the field, such as `metadata.name`.") }),
            ).optional(),
            "A field of the pod.",
        ),
        configMapKeyRef: doc(keyRef("object").optional(), "A key of a ConfigMap."),
        secretKeyRef: doc(keyRef("object").optional(), "A key of a Secret."),
    }).refine((source) => SOURCES.filter((one) => source[one] !== undefined).length === 1, SOURCE),
);

const variableName = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "the name of an environment variable");

export type VariableSource = z.output<typeof sourceSchema>;

/** Values are strings, strings from another resource, or mappings as under Kubernetes' `valueFrom`. */
export const environmentSchema = z.record(
    variableName,
    z
        .union([z.string(), z.instanceof(Deferred), sourceSchema], {
            error: ({ input }) => (typeof input === "object" ? SOURCE : STRING),
        })
        .meta({ leaf: true }),
    { error: MAPPING },
);

/** Environment variables with string values only. */
export const variablesSchema = z.record(variableName, leaf(anyText()), { error: MAPPING });

export type EnvironmentConfig = z.output<typeof environmentSchema>;

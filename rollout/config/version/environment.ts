/** Environment variables: texts, and what Kubernetes has under `valueFrom`. */
import { z } from "zod";
import { mapping, objectName, text } from "../fields";

const SOURCES = ["fieldRef", "configMapKeyRef", "secretKeyRef"] as const;
const TEXT_MUST = "must be a text; quote it";
const SOURCE_MUST =
    "must have exactly one of fieldRef {fieldPath}, configMapKeyRef {name, key}, secretKeyRef {name, key}";

const keyRef = mapping({ name: objectName(), key: text() });

const sourceSchema = mapping({
    fieldRef: mapping({ fieldPath: text() }).optional(),
    configMapKeyRef: keyRef.optional(),
    secretKeyRef: keyRef.optional(),
}).refine((source) => SOURCES.filter((one) => source[one] !== undefined).length === 1, SOURCE_MUST);

const variableName = z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be the name of an environment variable");

export const environmentSchema = z.record(
    variableName,
    z.union([z.string(), sourceSchema], {
        error: ({ input }) => (typeof input === "object" ? SOURCE_MUST : TEXT_MUST),
    }),
    { error: "must be a mapping from names to texts" },
);

/** Variables that are texts, each. */
export const textsSchema = z.record(variableName, z.string({ error: TEXT_MUST }), {
    error: "must be a mapping from names to texts",
});

export type EnvironmentConfig = z.output<typeof environmentSchema>;

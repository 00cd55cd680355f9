/** Config: variables and files of a version, which become a ConfigMap that is named after its content. */
import { z } from "zod";
import { hasDeferred } from "../deferred";
import { absolutePath, doc, leaf, mapping, named, pattern } from "../fields";
import { variablesSchema } from "./environment";

/** What Kubernetes allows in one object, less some room for its names. */
const MAX_BYTES = 1_000_000;

const fileName = z
    .string()
    .regex(
        /^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/,
        'a file name of letters, digits, "-", "_" and ".", without folders',
    );

/** `pulumi config set`, for any key, removes an empty first line: other content, other pods. */
const fileText = pattern(
    /^(?!\r?\n)/,
    "a string that does not start with an empty line, which pulumi config set removes",
);

export const versionFilesSchema = named(
    "VersionFilesArgs",
    mapping({
        env: doc(variablesSchema.default({}), "Environment variables by name."),
        files: doc(
            z
                .record(fileName, leaf(fileText), {
                    error: "a mapping from file names to strings",
                })
                .default({}),
            "Files by name, without folders.",
        ),
        mountPath: doc(
            absolutePath().optional(),
            "Folder in which containers find the files. Required with `files`.",
        ),
    })
        .refine(
            ({ files, mountPath }) => Object.keys(files).length > 0 === (mountPath !== undefined),
            "both files and mountPath, or neither",
        )
        .refine(
            ({ env, files }) => Object.keys(env).every((name) => !(name in files)),
            "different names for variables and files",
        )
        .refine(
            ({ env, files }) => hasDeferred([env, files]) || bytesOf([env, files]) <= MAX_BYTES,
            `at most ${MAX_BYTES} bytes, the limit of a ConfigMap`,
        ),
);

function bytesOf(data: unknown): number {
    return new TextEncoder().encode(JSON.stringify(data)).length;
}

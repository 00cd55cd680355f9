/** Config: environment variables and files of a version, stored in a ConfigMap with a content hash in its name. */
import { z } from "zod";
import { hasDeferred } from "../deferred";
import { absolutePath, doc, leaf, mapping, named, pattern } from "../fields";
import { variablesSchema } from "./environment";

/** Kubernetes' limit for a ConfigMap (1 MiB), minus room for metadata. */
const MAX_BYTES = 1_000_000;

const fileName = z
    .string()
    .regex(
        /^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/,
        'a file name without folders (letters, digits, "-", "_" and ".")',
    );

/** `pulumi config set` for any key removes an empty first line of this value, which would change the pods. */
const fileText = pattern(
    /^(?!\r?\n)/,
    "a string that does not start with an empty line, because `pulumi config set` removes it",
);

export const versionFilesSchema = named(
    "VersionFilesArgs",
    mapping({
        env: doc(variablesSchema.default({}), "Environment variables."),
        files: doc(
            z
                .record(fileName, leaf(fileText), {
                    error: "a mapping from file names to strings",
                })
                .default({}),
            "Contents of the files, by file name.",
        ),
        mountPath: doc(
            absolutePath().optional(),
            "Directory for the files in the containers. Required if `files` is set.",
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

/** Config that a version brings along: variables and files, which become a ConfigMap named for what it holds. */
import { z } from "zod";
import { absolutePath, mapping } from "../fields";
import { textsSchema } from "./environment";

/** What an object may hold in Kubernetes, with room for its names. */
const MAX_BYTES = 1_000_000;

const fileName = z
    .string()
    .regex(
        /^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/,
        'must be a file\'s name of letters, digits, "-", "_" and ".", without folders',
    );

/** `pulumi config set`, of whatever key, takes an empty first line away: other content, other pods. */
const fileText = z
    .string({ error: "must be a text" })
    .regex(/^(?!\r?\n)/, "must not begin with an empty line, which pulumi config set takes away");

export const versionFilesSchema = mapping({
    env: textsSchema.default({}),
    files: z
        .record(fileName, fileText, {
            error: "must be a mapping from file names to texts",
        })
        .default({}),
    mountPath: absolutePath().optional(),
})
    .refine(
        ({ files, mountPath }) => Object.keys(files).length > 0 === (mountPath !== undefined),
        "must have both files and mountPath, the folder where containers find them, or neither",
    )
    .refine(
        ({ env, files }) => Object.keys(env).every((name) => !(name in files)),
        "must not have a variable and a file of the same name",
    )
    .refine(
        ({ env, files }) =>
            new TextEncoder().encode(JSON.stringify([env, files])).length <= MAX_BYTES,
        `must hold at most ${MAX_BYTES} bytes, which is what Kubernetes takes`,
    );

export type VersionFilesConfig = z.output<typeof versionFilesSchema>;

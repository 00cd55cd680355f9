/** Short hashes of content, used in names. */
import { createHash } from "node:crypto";

/** First 8 hexadecimal digits of the SHA-256 of the data's JSON: the order of keys matters, undefined keys are ignored. */
export function contentHash(content: unknown): string {
    return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 8);
}

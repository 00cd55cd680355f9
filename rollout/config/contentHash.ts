/** Short names for content: equal content has an equal name, other content another. */
import { createHash } from "node:crypto";

/** Eight hexadecimal digits for plain data; the order of keys counts, keys that are undefined do not. */
export function contentHash(content: unknown): string {
    return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 8);
}

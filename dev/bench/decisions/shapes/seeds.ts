// Seeds of random draws, so that no row's figures depend on another row.
import { createHash } from "node:crypto";

export function seedOf(...parts: readonly (string | number)[]): number {
    return createHash("sha256").update(parts.join(" ")).digest().readInt32BE();
}

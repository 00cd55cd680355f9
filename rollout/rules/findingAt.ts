/** A finding about one place of an object. */
import { resourceName } from "./names";
import type { Finding, Manifest } from "./rule";

export function findingAt(
    manifest: Manifest,
    path: string,
    found: unknown,
    allowed: string,
    fix: string,
): Finding {
    return { resource: resourceName(manifest), path, found, allowed, fix };
}

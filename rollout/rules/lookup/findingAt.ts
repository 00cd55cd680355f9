/** A finding about one field of an object. */

import type { Finding, Manifest } from "../rule";
import { resourceName } from "./resourceName";

export function findingAt(
    manifest: Manifest,
    path: string,
    found: unknown,
    expected: string,
    fix: string,
): Finding {
    return { resource: resourceName(manifest), path, found, expected, fix };
}

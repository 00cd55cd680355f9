/** Writes exemptions as annotations to the objects that the rules check. */

import { EXEMPT_PREFIX } from "../config/names";
import type { RolloutConfig } from "../config/rolloutConfig";

/** A copy of the object with an annotation per exemption; the object itself if there are none. */
export function exempted<T extends { metadata: object }>(
    { exemptions }: RolloutConfig,
    object: T,
): T {
    const entries = Object.entries(exemptions);
    if (entries.length === 0) return object;
    const added = entries.map(([rule, text]) => [`${EXEMPT_PREFIX}${rule}`, text]);
    const { annotations } = object.metadata as { annotations?: Record<string, string> };
    const metadata = {
        ...object.metadata,
        annotations: { ...annotations, ...Object.fromEntries(added) },
    };
    return { ...object, metadata };
}

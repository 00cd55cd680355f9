/** Exemptions, on the objects that rules judge. */

import { EXEMPT_PREFIX } from "../config/names";
import type { RolloutConfig } from "../config/rolloutConfig";

/** The object with an annotation per exemption; the object itself where there is none. */
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

/** Rule: a version that is done is not left running. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { STEP_KIND } from "../weights/weightStep";

export const idleVersion: ProgramRule = {
    scope: "program",
    id: "idle-version",
    group: "workload",
    description: "A version that gets no requests from one update to the next runs no pods.",
    severity: "advisory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return manifests.flatMap(judge);
    },
};

function judge(manifest: Manifest): Finding[] {
    const step = at(manifest, "spec");
    const slot = textAt(step, "canary") ?? "(not known yet)";
    const pods = at(step, "slots", slot);
    const resource = `Deployment ${textAt(step, "route") ?? "(name not known yet)"}-${slot}`;
    const finding = (found: unknown): Finding[] => [
        {
            resource,
            path: `versions.${slot}`,
            found,
            expected: `no pods while slot ${slot} gets no requests, as in the last update`,
            fix: "Free the slot when nobody needs the way back any more; one that waits for its first phase may stay.",
        },
    ];
    const now = at(step, "shares", slot);
    const before = at(step, "last", "shares", slot);
    if (pods === UNKNOWN) return finding(UNKNOWN);
    if (now !== 0 || before !== 0 || at(pods, "kept") !== true) return [];
    const replicas = at(pods, "replicas");
    const changed = items(at(pods, "changes")).length > 0;
    if (replicas === UNKNOWN) return finding(UNKNOWN);
    if (changed || typeof replicas !== "number" || replicas === 0) return [];
    return finding(`${replicas} pods`);
}

/** Rule: an old version without requests does not keep running. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { STEP_KIND } from "../weights/weightStep";

export const idleVersion: ProgramRule = {
    scope: "program",
    id: "idle-version",
    group: "workload",
    description: "A version that receives no requests for two updates in a row should run no pods.",
    severity: "advisory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return manifests.flatMap(judge);
    },
};

function judge(manifest: Manifest): Finding[] {
    const step = at(manifest, "spec");
    const slot = textAt(step, "canary") ?? "(unknown)";
    const pods = at(step, "slots", slot);
    const resource = `Deployment ${textAt(step, "route") ?? "(unknown name)"}-${slot}`;
    const finding = (found: unknown): Finding[] => [
        {
            resource,
            path: `versions.${slot}`,
            found,
            expected: `no pods, because slot ${slot} receives no requests in this update and the last`,
            fix: "Free the slot once you no longer need it for a rollback. Keep a new version that waits for its first phase.",
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

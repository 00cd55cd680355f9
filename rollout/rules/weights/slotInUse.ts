/** Rule: an update neither replaces nor removes the pods of a slot that receives requests. */

import { show } from "../../config/problems";
import { SLOTS, type Slot } from "../../config/slots";
import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { STEP_KIND } from "./weightStep";

export const slotInUse: ProgramRule = {
    scope: "program",
    id: "slot-in-use",
    group: "weights",
    description:
        "A slot that received requests in the last update must keep its pod template and its pods.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return [
            ...manifests.flatMap((manifest) => SLOTS.flatMap((slot) => judge(manifest, slot))),
            ...missingRollouts(manifests),
        ];
    },
};

/** Slots that received requests, of rollouts that the program no longer has: removed, or with another app or namespace. */
function missingRollouts(manifests: readonly Manifest[]): Finding[] {
    const present = manifests.map((manifest) => textAt(manifest, "spec", "route"));
    const others = manifests.flatMap((manifest) => items(at(manifest, "spec", "others")));
    const previous = new Map(others.map(([, other]) => [textAt(other, "route"), other]));
    return [...previous].flatMap(([route, other]) => {
        if (route === undefined || present.includes(route)) return [];
        return SLOTS.flatMap((slot) => {
            const share = at(other, "shares", slot);
            if (typeof share !== "number" || share === 0) return [];
            const target = `'${textAt(other, "urn") ?? ""}'`;
            return [
                {
                    resource: `Deployment ${route}-${slot}`,
                    path: `versions.${slot}`,
                    found: undefined,
                    expected: `a CanaryRollout of the app ${route}, because the last update gave slot ${slot} ${share} % of the requests`,
                    fix: `Keep its \`app\` and \`namespace\`. To delete the app, run \`pulumi destroy --target ${target} --target-dependents\` first.`,
                },
            ];
        });
    });
}

function judge(manifest: Manifest, slot: Slot): Finding[] {
    const step = at(manifest, "spec");
    const before = at(step, "last", "shares", slot);
    const pods = at(step, "slots");
    const slotPods = at(pods, slot);
    // Somebody else may manage the pods.
    const workload = textAt(slotPods, "workload");
    const resource = workload ?? `Deployment ${textAt(step, "route") ?? "(unknown name)"}-${slot}`;
    if (before === UNKNOWN || (before !== 0 && slotPods === UNKNOWN)) {
        const expected = "an unchanged pod template while the slot receives requests";
        const checkedLater = "The update checks this value.";
        return [{ resource, path: "spec.template", found: UNKNOWN, expected, fix: checkedLater }];
    }
    // weight-step reports a last update that could not be read.
    if (typeof before !== "number" || before === 0) return [];
    if (typeof pods !== "object" || pods === null) return [];
    const why = `because the last update gave slot ${slot} ${before} % of the requests`;
    const drainFirst = `Set \`weight\` to 0 in a separate update, then change \`versions.${slot}\`.`;
    if (slotPods === undefined || slotPods === null) {
        const expected = `the version that slot ${slot} runs, ${why}`;
        return [
            { resource, path: `versions.${slot}`, found: undefined, expected, fix: drainFirst },
        ];
    }
    const findings: Finding[] = [];
    // weight-capacity reports a slot without pods that still has weight.
    if (at(slotPods, "replicas") === 0 && at(step, "shares", slot) === 0) {
        const expected = `at least 1, ${why}`;
        findings.push({ resource, path: "spec.replicas", found: 0, expected, fix: drainFirst });
    }
    const other = slot === "v1" ? "v2" : "v1";
    const fix =
        slot === at(step, "last", "stable")
            ? `Put the new version into \`versions.${other}\` and raise its weight along the ladder. You can change \`versions.${slot}\` once ${other} is stable.`
            : drainFirst;
    const changes = at(slotPods, "changes");
    // The component sends a reason as text if it cannot compute the changes.
    if (typeof changes === "string" || changes === UNKNOWN) {
        const expected = `an unchanged pod template, ${why}`;
        const reason = changes === UNKNOWN ? "The update checks this value." : changes;
        findings.push({ resource, path: "spec.template", found: UNKNOWN, expected, fix: reason });
    }
    for (const [, change] of items(changes)) {
        findings.push({
            resource,
            path: `${workload === undefined ? "spec.template" : `versions.${slot}`}.${textAt(change, "path") ?? ""}`,
            found: at(change, "after"),
            expected: `${show(at(change, "before"))} (unchanged), ${why}`,
            fix,
        });
    }
    return findings;
}

/** Rule: the pods of a slot that gets requests are neither replaced nor taken away. */

import { show } from "../../config/problems";
import { SLOTS, type Slot } from "../../config/topics/roles";
import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { STEP_KIND } from "./weightStep";

export const slotInUse: ProgramRule = {
    scope: "program",
    id: "slot-in-use",
    group: "weights",
    description: "A slot that got requests in the last update keeps its pod template and its pods.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return manifests.flatMap((manifest) => SLOTS.flatMap((slot) => judge(manifest, slot)));
    },
};

function judge(manifest: Manifest, slot: Slot): Finding[] {
    const step = at(manifest, "spec");
    const before = at(step, "last", "shares", slot);
    const pods = at(step, "slots");
    const resource = `Deployment ${textAt(step, "route") ?? "(name not known yet)"}-${slot}`;
    const slotPods = at(pods, slot);
    if (before === UNKNOWN || (before !== 0 && slotPods === UNKNOWN)) {
        const expected = "an unchanged pod template while the slot gets requests";
        const later = "The update itself judges it.";
        return [{ resource, path: "spec.template", found: UNKNOWN, expected, fix: later }];
    }
    // That the last update could not be read is weight-step's to say.
    if (typeof before !== "number" || before === 0) return [];
    if (typeof pods !== "object" || pods === null) return [];
    const why = `because slot ${slot} got ${before} % of the requests in the last update`;
    const first = `Set weight to 0 in an update of its own, then change versions.${slot}.`;
    if (slotPods === undefined || slotPods === null) {
        const expected = `what slot ${slot} runs, ${why}`;
        return [{ resource, path: `versions.${slot}`, found: undefined, expected, fix: first }];
    }
    const findings: Finding[] = [];
    // While it still has weight, weight-capacity says it.
    if (at(slotPods, "replicas") === 0 && at(step, "shares", slot) === 0) {
        const expected = `at least 1, ${why}`;
        findings.push({ resource, path: "spec.replicas", found: 0, expected, fix: first });
    }
    const other = slot === "v1" ? "v2" : "v1";
    const fix =
        slot === at(step, "last", "stable")
            ? `Put what is new into versions.${other} and take its weight up the ladder: versions.${slot} is free once ${other} is stable.`
            : first;
    const changes = at(slotPods, "changes");
    // In place of the changes the component may say why it cannot tell them.
    if (typeof changes === "string" || changes === UNKNOWN) {
        const expected = `an unchanged pod template, ${why}`;
        const later = changes === UNKNOWN ? "The update itself judges it." : changes;
        findings.push({ resource, path: "spec.template", found: UNKNOWN, expected, fix: later });
    }
    for (const [, change] of items(changes)) {
        findings.push({
            resource,
            path: `spec.template.${textAt(change, "path") ?? ""}`,
            found: at(change, "after"),
            expected: `${show(at(change, "before"))} as before, ${why}`,
            fix,
        });
    }
    return findings;
}

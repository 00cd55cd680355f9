/** Where pods run: validateAffinity, ValidateTolerations and validateTopologySpreadConstraints of pkg/apis/core/validation. */
import type { Field } from "../../field";
import { checkChoice, checkRange, requireChoice, requireText } from "../fieldChecks";
import { checkLabelSelector, checkLabels, checkRequirement } from "../objectLabels";
import { isDns1123Label, isQualifiedName, isValueOfLabel } from "../values/forms";

const OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

export function checkScheduling(spec: Field): void {
    checkLabels(spec.get("nodeSelector"));
    checkNodeAffinity(spec.get("affinity", "nodeAffinity"));
    for (const name of ["podAffinity", "podAntiAffinity"]) {
        const affinity = spec.get("affinity", name);
        for (const term of affinity.get(REQUIRED).items) checkPodTerm(term);
        for (const weighted of affinity.get(PREFERRED).items) {
            checkWeight(weighted);
            checkPodTerm(weighted.get("podAffinityTerm"));
        }
    }
    for (const toleration of spec.get("tolerations").items) checkToleration(toleration);
    checkSpread(spec.get("topologySpreadConstraints"));
}

function checkNodeAffinity(affinity: Field): void {
    const required = affinity.get(REQUIRED);
    const terms = required.get("nodeSelectorTerms");
    if (required.isSet && !terms.isFilled) {
        terms.rejectMissing(
            "at least one term",
            "Add the nodes to run on, or remove the affinity.",
        );
    }
    for (const term of terms.items) checkNodeTerm(term, false);
    for (const weighted of affinity.get(PREFERRED).items) {
        checkWeight(weighted);
        checkNodeTerm(weighted.get("preference"), true);
    }
}

/** ValidateNodeSelectorTerm. */
function checkNodeTerm(term: Field, areValuesFree: boolean): void {
    for (const one of term.get("matchExpressions").items) {
        checkRequirement(one, [...OPERATORS, "Gt", "Lt"], areValuesFree);
    }
    for (const one of term.get("matchFields").items) {
        checkChoice(one.get("key"), ["metadata.name"]);
        checkChoice(one.get("operator"), ["In", "NotIn"]);
        const values = one.get("values");
        if (!values.isUnknown && values.items.length !== 1) {
            values.rejectMissing("one value", "Set the name of one node.");
        }
    }
}

function checkWeight(weighted: Field): void {
    if (weighted.get("weight").isSet) checkRange(weighted.get("weight"), 1, 100);
}

/** validatePodAffinityTerm. */
function checkPodTerm(term: Field): void {
    if (term.isUnknown) return;
    checkLabelSelector(term.get("labelSelector"));
    checkLabelSelector(term.get("namespaceSelector"));
    requireText(term.get("topologyKey"), "the key of a label of nodes", isQualifiedName);
    for (const namespace of term.get("namespaces").items) {
        namespace.rejectUnless(isDns1123Label, "the name of a namespace", "Correct the name.");
    }
}

/** ValidateTolerations. */
function checkToleration(toleration: Field): void {
    if (toleration.isUnknown) return;
    const [key, operator, value] = ["key", "operator", "value"].map((name) =>
        toleration.get(name),
    ) as [Field, Field, Field];
    const [effect, seconds] = [toleration.get("effect"), toleration.get("tolerationSeconds")];
    if (key.isFilled)
        key.rejectUnless(isQualifiedName, "the key of a taint", "Correct the key of the taint.");
    else if (operator.text !== undefined && operator.text !== "Exists") {
        operator.reject("Exists without a key", "Set the key of the taint, or use Exists.");
    }
    if (operator.text === "" || operator.text === "Equal") {
        value.rejectUnless(isValueOfLabel, "the value of a taint", "Correct the value.");
    } else if (operator.text === "Exists") {
        if (value.isFilled && !value.isUnknown) {
            value.reject("no value with Exists", "Remove it, or use Equal.");
        }
    } else {
        operator.rejectUnless(() => false, "Equal or Exists", "Use one of the two.");
    }
    checkChoice(effect, ["", "NoSchedule", "PreferNoSchedule", "NoExecute"]);
    if (seconds.isSet && !seconds.isUnknown && effect.text !== undefined) {
        if (effect.text === "NoExecute") return;
        effect.reject("NoExecute beside tolerationSeconds", "Set it, or remove the seconds.");
    }
}

function checkSpread(constraints: Field): void {
    const seen = new Set<string>();
    for (const one of constraints.items) {
        if (one.isUnknown) continue;
        const [key, action] = [one.get("topologyKey"), one.get("whenUnsatisfiable")];
        if (one.get("maxSkew").isSet) checkRange(one.get("maxSkew"), 1);
        requireText(key, "the key of a label of nodes");
        requireChoice(action, ["DoNotSchedule", "ScheduleAnyway"]);
        if (key.text && action.text) {
            const both = `${key.text}/${action.text}`;
            if (seen.has(both))
                key.reject("another key or whenUnsatisfiable", "Remove one of them.");
            seen.add(both);
        }
        const domains = one.get("minDomains");
        checkRange(domains, 1);
        if (domains.isSet && !domains.isUnknown && action.text === "ScheduleAnyway") {
            domains.reject("no value with ScheduleAnyway", "Remove it, or use DoNotSchedule.");
        }
        checkChoice(one.get("nodeAffinityPolicy"), ["Ignore", "Honor"]);
        checkChoice(one.get("nodeTaintsPolicy"), ["Ignore", "Honor"]);
        checkLabelSelector(one.get("labelSelector"));
        checkKeys(one);
    }
}

/** ValidateMatchLabelKeysInTopologySpread: the selector must not have the keys too. */
function checkKeys(constraint: Field): void {
    const keys = constraint.get("matchLabelKeys");
    const selector = constraint.get("labelSelector");
    if (keys.isFilled && !keys.isUnknown && !selector.isSet) {
        keys.reject("no keys without labelSelector", "Add a labelSelector, or remove the keys.");
    }
    for (const key of keys.items) {
        key.rejectUnless(isQualifiedName, "the key of a label", "Correct the key of the label.");
    }
}

/** Roles and bindings: pkg/apis/rbac/validation. */
import type { Field } from "../field";
import { requireChoice, requireText } from "./fieldChecks";
import { checkLabelSelector } from "./objectLabels";
import { isPathSegment, isSubdomain } from "./values/forms";

const GROUP = "rbac.authorization.k8s.io";

/** ValidateRole and ValidateClusterRole. */
export function checkRole(role: Field, isNamespaced: boolean): void {
    for (const rule of role.get("rules").items) checkPolicyRule(rule, isNamespaced);
    const selectors = role.get("aggregationRule", "clusterRoleSelectors");
    if (isNamespaced || !role.get("aggregationRule").isSet) return;
    if (!selectors.isFilled) selectors.reject("at least one selector", "Add labels of roles.");
    for (const selector of selectors.items) checkLabelSelector(selector);
}

/** ValidatePolicyRule. */
function checkPolicyRule(rule: Field, isNamespaced: boolean): void {
    if (rule.isUnknown) return;
    const [verbs, urls] = [rule.get("verbs"), rule.get("nonResourceURLs")];
    const [groups, resources] = [rule.get("apiGroups"), rule.get("resources")];
    if (!verbs.isFilled) verbs.reject("at least one verb", "Add verbs, such as [get, list].");
    if (urls.isFilled) {
        if (urls.isUnknown) return;
        if (isNamespaced) urls.reject("no URLs in a Role", "Move them to a ClusterRole.");
        const others = [groups, resources, rule.get("resourceNames")];
        if (others.some(({ isFilled, isUnknown }) => isFilled && !isUnknown)) {
            urls.reject("no URLs beside resources", "Move them to a rule of their own.");
        }
        return;
    }
    if (!groups.isFilled)
        groups.reject("at least one API group", 'Add it: [""] is the core group.');
    if (!resources.isFilled) resources.reject("at least one resource", "Add the resources.");
}

/** ValidateRoleBinding and ValidateClusterRoleBinding. */
export function checkBinding(binding: Field, isNamespaced: boolean): void {
    const ref = binding.get("roleRef");
    const kinds = isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
    requireChoice(ref.get("kind"), kinds, kinds.join(" or "));
    requireText(ref.get("name"), "the name of a role", isPathSegment);
    checkGroup(ref.get("apiGroup"), GROUP);
    for (const subject of binding.get("subjects").items) {
        if (subject.isUnknown) continue;
        const [kind, name] = [subject.get("kind"), subject.get("name")];
        requireChoice(kind, ["ServiceAccount", "User", "Group"]);
        const isAccount = kind.text === "ServiceAccount";
        requireText(name, "a name", (text) => !isAccount || isSubdomain(text));
        if (kind.text) checkGroup(subject.get("apiGroup"), isAccount ? "" : GROUP);
        const namespace = subject.get("namespace");
        if (isAccount && !isNamespaced && !namespace.isFilled) {
            namespace.rejectMissing(
                "the namespace of the ServiceAccount",
                "Set the namespace of the account.",
            );
        }
    }
}

/** Absent is the default. */
function checkGroup(group: Field, only: string): void {
    if (!group.isFilled) return;
    const isGroup = (text: string) => text === only;
    group.rejectUnless(isGroup, only || "no value", "Remove it: the API server sets it.");
}

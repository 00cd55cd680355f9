/** Security contexts: ValidateSecurityContext and validatePodSpecSecurityContext of pkg/apis/core/validation. */
import type { Field } from "../../field";
import {
    checkChoice,
    checkRange,
    rejectRepeated,
    requireChoice,
    requireText,
} from "../fieldChecks";
import { isDescendingPath } from "../values/forms";

/** math.MaxInt32. */
const LARGEST_ID = 2 ** 31 - 1;
const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

/** Of a container. */
export function checkSecurityContext(context: Field): void {
    checkIds(context);
    checkProfiles(context);
    checkChoice(context.get("procMount"), ["Default", "Unmasked"]);
    const escalation = context.get("allowPrivilegeEscalation");
    if (escalation.value !== false) return;
    const adds = context.get("capabilities", "add").items.map(({ text }) => text);
    if (context.get("privileged").value === true || adds.includes("CAP_SYS_ADMIN")) {
        const expected = "true beside privileged or CAP_SYS_ADMIN";
        escalation.reject(expected, "Remove it, or the privileges.");
    }
}

/** Of a pod. */
export function checkPodSecurityContext(spec: Field): void {
    const context = spec.get("securityContext");
    checkIds(context);
    checkProfiles(context);
    for (const group of context.get("supplementalGroups").items) checkRange(group, 0, LARGEST_ID);
    checkChoice(context.get("fsGroupChangePolicy"), ["OnRootMismatch", "Always"]);
    checkChoice(context.get("supplementalGroupsPolicy"), ["Merge", "Strict"]);
    const sysctls = context.get("sysctls").items.map((one) => one.get("name"));
    for (const name of sysctls) {
        requireText(name, "the name of a sysctl", (text) => SYSCTL.test(text));
    }
    rejectRepeated(sysctls);
    const shared = spec.get("shareProcessNamespace");
    if (shared.value === true && spec.get("hostPID").value === true) {
        shared.reject("no value beside hostPID", "Remove one of them.");
    }
    if (spec.get("hostUsers").value !== false) return;
    for (const field of [spec.get("hostPID"), spec.get("hostIPC")]) {
        if (field.value === true) field.reject("false without hostUsers", "Remove one of them.");
    }
}

function checkIds(context: Field): void {
    for (const name of ["runAsUser", "runAsGroup", "fsGroup"]) {
        checkRange(context.get(name), 0, LARGEST_ID);
    }
}

/** validateSeccompProfileField and ValidateAppArmorProfileField. */
function checkProfiles(context: Field): void {
    for (const name of ["seccompProfile", "appArmorProfile"]) {
        const profile = context.get(name);
        if (!profile.isSet || profile.isUnknown) continue;
        const [type, path] = [profile.get("type"), profile.get("localhostProfile")];
        requireChoice(type, PROFILES);
        if (type.text === "Localhost") {
            if (!path.isSet)
                path.rejectMissing("the name of a profile", "Set it with type Localhost.");
            else if (name === "seccompProfile") {
                path.rejectUnless(isDescendingPath, "a relative path", "Correct the path.");
            } else
                requireText(path, "a name without spaces around it", (one) => one.trim() === one);
        } else if (type.text && path.isSet && !path.isUnknown) {
            path.reject("no value, except with type Localhost", "Remove it, or change the type.");
        }
    }
}

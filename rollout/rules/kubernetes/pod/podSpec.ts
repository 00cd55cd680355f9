/** Pods and templates of pods: ValidatePodSpec and ValidatePodTemplateSpec of pkg/apis/core/validation. */
import type { Field } from "../../field";
import {
    checkChoice,
    checkRange,
    checkSubdomain,
    DNS_LABEL,
    requireChoice,
    requireText,
    SUBDOMAIN,
} from "../fieldChecks";
import { checkAnnotations, checkLabels } from "../objectLabels";
import { isDns1123Label, isLenientIp, isQualifiedName, isSubdomain } from "../values/forms";
import { checkContainers } from "./podContainers";
import { checkScheduling } from "./podScheduling";
import { checkVolumes } from "./podVolumes";
import { checkResources } from "./resourceAmounts";
import { checkPodSecurityContext } from "./securityContext";

/** DefaultTerminationGracePeriodSeconds. */
const DEFAULT_GRACE = 30;

export interface PodOwner {
    readonly isPod: boolean;
    /** Of these the owner accepts. */
    readonly restartPolicies: readonly string[];
    /** Names of the claims of a StatefulSet; undefined if they are not known. */
    readonly claims: ReadonlySet<string> | undefined;
    /** The controller sets hostname and subdomain. */
    readonly setsHostname: boolean;
    readonly hasDeadline: boolean;
}

const CONTROLLER: PodOwner = {
    isPod: false,
    restartPolicies: ["Always"],
    claims: new Set(),
    setsHostname: false,
    hasDeadline: false,
};

export function checkPod(pod: Field): void {
    const annotations = pod.get("metadata", "annotations");
    checkPodAnnotations(annotations, pod.get("spec"));
    const restartPolicies = ["Always", "OnFailure", "Never"];
    checkPodSpec(pod.get("spec"), {
        ...CONTROLLER,
        isPod: true,
        restartPolicies,
        hasDeadline: true,
    });
}

export function checkPodTemplate(template: Field, owner: Partial<PodOwner> = {}): void {
    if (template.isUnknown) return;
    checkLabels(template.get("metadata", "labels"));
    const annotations = template.get("metadata", "annotations");
    checkAnnotations(annotations);
    checkPodAnnotations(annotations, template.get("spec"));
    checkPodSpec(template.get("spec"), { ...CONTROLLER, ...owner });
}

function checkPodSpec(spec: Field, owner: PodOwner): void {
    if (spec.isUnknown) return;
    checkRestartPolicy(spec.get("restartPolicy"), owner);
    const grace = spec.get("terminationGracePeriodSeconds");
    const seconds = grace.isSet ? grace.number : DEFAULT_GRACE;
    checkContainers(spec, {
        volumes: checkVolumes(spec.get("volumes"), owner.claims),
        isPod: owner.isPod,
        hasHostNetwork: spec.get("hostNetwork").value === true,
        // The API server sets 1 for a negative one.
        grace: (seconds ?? 0) < 0 ? 1 : seconds,
    });
    const ephemeral = spec.get("ephemeralContainers");
    if (ephemeral.isFilled && !ephemeral.isUnknown) {
        ephemeral.reject("no value", "Remove it: they are added to pods that run.");
    }
    checkDeadline(spec.get("activeDeadlineSeconds"), owner);
    checkNames(spec, owner);
    checkResources(spec.get("resources"));
    checkPodSecurityContext(spec);
    checkScheduling(spec);
    checkDns(spec);
    checkChoice(spec.get("preemptionPolicy"), ["PreemptLowerPriority", "Never"]);
    for (const gate of spec.get("readinessGates").items) {
        requireText(gate.get("conditionType"), "the type of a condition", isQualifiedName);
    }
    if (spec.get("os").isSet) {
        requireChoice(spec.get("os", "name"), ["linux", "windows"], "linux or windows");
    }
}

/** Absent is Always. */
function checkRestartPolicy(policy: Field, { restartPolicies }: PodOwner): void {
    const { text } = policy;
    if (text === undefined || restartPolicies.includes(text || "Always")) return;
    const expected = restartPolicies.join(" or ");
    const fix = `Set it: the pods of this kind need ${expected}.`;
    if (text === "") policy.rejectMissing(expected, fix);
    else policy.reject(expected, fix);
}

function checkDeadline(deadline: Field, { hasDeadline }: PodOwner): void {
    if (hasDeadline) checkRange(deadline, 1, 2 ** 31 - 1);
    else if (deadline.isSet && !deadline.isUnknown) {
        deadline.reject("no value", "Remove it: these pods run without an end.");
    }
}

function checkNames(spec: Field, { setsHostname }: PodOwner): void {
    for (const name of ["serviceAccountName", "serviceAccount", "nodeName", "priorityClassName"]) {
        checkSubdomain(spec.get(name));
    }
    const runtime = spec.get("runtimeClassName");
    if (runtime.isSet) runtime.rejectUnless(isSubdomain, SUBDOMAIN, "Correct the name.");
    if (setsHostname) return;
    for (const field of [spec.get("hostname"), spec.get("subdomain")]) {
        if (field.isFilled) field.rejectUnless(isDns1123Label, DNS_LABEL, "Correct the name.");
    }
}

/** validatePodDNSConfig and ValidateHostAliases. */
function checkDns(spec: Field): void {
    const nameservers = spec.get("dnsConfig", "nameservers");
    if (spec.get("dnsPolicy").text === "None" && !nameservers.isFilled) {
        nameservers.rejectMissing(
            "a nameserver with dnsPolicy None",
            "Add one, or change the policy.",
        );
    }
    if (nameservers.items.length > 3) {
        nameservers.reject("at most 3 nameservers", "Remove some of them.");
    }
    const ips = spec.get("hostAliases").items.map((alias) => alias.get("ip"));
    for (const ip of [...nameservers.items, ...ips]) {
        ip.rejectUnless(isLenientIp, "an IP address", "Correct the address.");
    }
    for (const name of spec.get("hostAliases").items.flatMap((one) => one.get("hostnames").items)) {
        name.rejectUnless(isSubdomain, SUBDOMAIN, "Correct the name.");
    }
}

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** ValidatePodSpecificAnnotations. */
function checkPodAnnotations(annotations: Field, spec: Field): void {
    const cost = annotations.get(DELETION_COST);
    if (cost.isSet) {
        const isInt32 = (text: string) =>
            /^(0|-?[1-9]\d*)$/.test(text) && Math.abs(Number(text)) < 2 ** 31;
        cost.rejectUnless(isInt32, "an integer in quotes", 'Set a number, such as "100".');
    }
    const containers = ["containers", "initContainers"].map((name) => spec.get(name));
    if (containers.some(({ isUnknown }) => isUnknown)) return;
    const names = containers.flatMap(({ items }) => items).map((one) => one.get("name").text);
    if (names.includes(undefined)) return;
    for (const [key, annotation] of annotations.writtenEntries) {
        if (!key.startsWith(APP_ARMOR) || names.includes(key.slice(APP_ARMOR.length))) continue;
        annotation.rejectShowing(key, "the name of a container", "Correct the container's name.");
    }
}

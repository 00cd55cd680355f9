/** Deployments, ReplicaSets, StatefulSets and DaemonSets: pkg/apis/apps/validation, with the defaults of pkg/apis/apps/v1. */
import type { Field } from "../field";
import { checkChoice, checkIntOrPercent, checkNotNegative, intOrPercent } from "./fieldChecks";
import { checkLabelSelector, selects } from "./objectLabels";
import { checkPodTemplate, type PodOwner } from "./pod/podSpec";
import { isDns1123Label } from "./values/forms";
import { checkClaimSpec } from "./volumeClaims";

/** ValidateDeploymentSpec. */
export function checkDeployment(spec: Field): void {
    checkReplicas(spec);
    checkSelectorAndTemplate(spec);
    checkNotNegative(spec, "revisionHistoryLimit");
    checkStrategy(spec.get("strategy"));
    const deadline = spec.get("progressDeadlineSeconds");
    const ready = spec.get("minReadySeconds").number;
    const seconds = deadline.isSet ? deadline.number : 600;
    if (ready !== undefined && seconds !== undefined && seconds <= ready) {
        const fix = "Raise it: it also counts the seconds that a pod must be ready.";
        deadline.reject(`more than minReadySeconds (${ready})`, fix);
    }
}

/** ValidateDeploymentStrategy. */
function checkStrategy(strategy: Field): void {
    const [type, update] = [strategy.get("type").text, strategy.get("rollingUpdate")];
    if (type === "Recreate" && update.isSet && !update.isUnknown) {
        update.reject("no value with type Recreate", "Remove it, or use RollingUpdate.");
    }
    if (type !== "" && type !== "RollingUpdate") return;
    const [surge, unavailable] = [update.get("maxSurge"), update.get("maxUnavailable")];
    checkIntOrPercent(unavailable, true);
    checkIntOrPercent(surge, false);
    if (intOrPercent(surge, 25) === 0 && intOrPercent(unavailable, 25) === 0) {
        const fix = "Raise one of them: otherwise no pod can be replaced.";
        unavailable.reject("more than 0, because maxSurge is 0", fix);
    }
}

/** ValidateReplicaSetSpec. */
export function checkReplicaSet(spec: Field): void {
    checkReplicas(spec);
    checkSelectorAndTemplate(spec);
}

/** ValidateStatefulSetSpec. */
export function checkStatefulSet(spec: Field): void {
    checkReplicas(spec);
    checkNotNegative(spec.get("ordinals"), "start");
    const name = spec.get("serviceName");
    if (name.isFilled) {
        name.rejectUnless(isDns1123Label, "the name of a Service", "Correct the name.");
    }
    const strategy = spec.get("updateStrategy");
    const update = strategy.get("rollingUpdate");
    if (strategy.get("type").text === "OnDelete" && update.isSet && !update.isUnknown) {
        update.reject("no value with type OnDelete", "Remove it, or use RollingUpdate.");
    } else checkNotNegative(update, "partition");
    const retention = spec.get("persistentVolumeClaimRetentionPolicy");
    for (const when of [retention.get("whenDeleted"), retention.get("whenScaled")]) {
        checkChoice(when, ["", "Retain", "Delete"]);
    }
    const templates = spec.get("volumeClaimTemplates");
    for (const claim of templates.items) checkClaimSpec(claim.get("spec"));
    const claims = namesOf(templates);
    checkSelectorAndTemplate(spec, { claims, setsHostname: true });
}

/** Names of claims, which are volumes of the pods too. Undefined if one is not known. */
function namesOf(templates: Field): ReadonlySet<string> | undefined {
    const names = templates.items.map((claim) => claim.get("metadata", "name"));
    for (const name of names) {
        if (name.isUnknown) continue;
        const fix = "Set the name that the containers mount.";
        name.rejectUnless(isDns1123Label, "a DNS label", fix);
    }
    const texts = names.map(({ text }) => text);
    if (templates.isUnknown || texts.includes(undefined)) return undefined;
    return new Set(texts as string[]);
}

/** ValidateDaemonSetSpec. */
export function checkDaemonSet(spec: Field): void {
    checkNotNegative(spec, "minReadySeconds", "revisionHistoryLimit");
    checkSelectorAndTemplate(spec);
    const strategy = spec.get("updateStrategy");
    const update = strategy.get("rollingUpdate");
    const type = strategy.get("type").text;
    if (type !== "" && type !== "RollingUpdate") return;
    const [surge, unavailable] = [update.get("maxSurge"), update.get("maxUnavailable")];
    for (const field of [surge, unavailable]) checkIntOrPercent(field, true);
    const [more, fewer] = [intOrPercent(surge, 0), intOrPercent(unavailable, 1)];
    if (more === 0 && fewer === 0) {
        unavailable.reject("more than 0, because maxSurge is 0", "Raise one of them.");
    } else if (more && fewer) {
        surge.reject("0, because maxUnavailable is not 0", "Set one of them to 0.");
    }
}

function checkReplicas(spec: Field): void {
    checkNotNegative(spec, "replicas", "minReadySeconds");
}

/** The API server never changes the selector, so it must match the pods from the start. */
function checkSelectorAndTemplate(spec: Field, owner: Partial<PodOwner> = {}): void {
    const [selector, template] = [spec.get("selector"), spec.get("template")];
    checkLabelSelector(selector);
    const isEmpty = ["matchLabels", "matchExpressions"].every(
        (name) => !selector.get(name).isFilled,
    );
    if (isEmpty) {
        const fix = "Add labels of the pods, which the template must have too.";
        if (selector.isSet) selector.reject("at least one label", fix);
        else selector.rejectMissing("at least one label", fix);
    } else rejectMismatch(selector, template);
    checkPodTemplate(template, owner);
}

function rejectMismatch(selector: Field, template: Field): void {
    const labels = template.get("metadata", "labels");
    if (selects(selector, labels) !== false) return;
    const fix = "Give the pods the labels of spec.selector, or correct the selector.";
    labels.reject("labels that spec.selector matches", fix);
}

/** ValidateReplicationControllerSpec: the labels of the template are the default of the selector. */
export function checkReplicationController(spec: Field): void {
    checkReplicas(spec);
    const [selector, template] = [spec.get("selector"), spec.get("template")];
    const labels = template.get("metadata", "labels");
    if (!selector.isFilled && !labels.isFilled) {
        selector.rejectMissing("at least one label", "Add labels of the pods.");
    } else if (!selector.isUnknown && !labels.isUnknown) {
        for (const [key, label] of selector.writtenEntries) {
            const own = labels.get(key);
            if (label.text === undefined || own.text === undefined) continue;
            if (own.isSet && label.text === own.text) continue;
            labels.reject("labels that spec.selector matches", "Give the pods these labels.");
            break;
        }
    }
    checkPodTemplate(template);
}

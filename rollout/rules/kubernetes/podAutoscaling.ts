/** HorizontalPodAutoscalers and PodDisruptionBudgets: pkg/apis/autoscaling/validation and pkg/apis/policy/validation. */
import type { Field } from "../field";
import {
    checkChoice,
    checkIntOrPercent,
    checkRange,
    rejectOthers,
    requireChoice,
    requireText,
} from "./fieldChecks";
import { checkLabelSelector } from "./objectLabels";
import { amountOf, checkQuantity } from "./pod/resourceAmounts";
import { isDns1123Label, isPathSegment } from "./values/forms";

/** The field of each type of metric. */
const SOURCES: Readonly<Record<string, string>> = {
    Object: "object",
    External: "external",
    Pods: "pods",
    Resource: "resource",
    ContainerResource: "containerResource",
};

/** validateHorizontalPodAutoscalerSpec. */
export function checkAutoscaler(spec: Field): void {
    if (spec.isUnknown) return;
    const [least, most] = [spec.get("minReplicas"), spec.get("maxReplicas")];
    checkRange(least, 1);
    if (!most.isSet) most.rejectMissing("an integer of at least 1", "Set the most replicas.");
    else checkRange(most, 1);
    const [fewest, largest] = [least.isSet ? least.number : 1, most.number];
    if (largest !== undefined && largest >= 1 && fewest !== undefined && largest < fewest) {
        most.reject(`at least minReplicas (${fewest})`, "Raise it, or lower minReplicas.");
    }
    checkReference(spec.get("scaleTargetRef"));
    checkRange(spec.get("targetCPUUtilizationPercentage"), 1);
    for (const metric of spec.get("metrics").items) checkMetric(metric);
    for (const name of ["scaleUp", "scaleDown"]) checkBehavior(spec.get("behavior", name));
}

/** ValidateCrossVersionObjectReference. */
function checkReference(ref: Field, canBeCore = false): void {
    if (ref.isUnknown) return;
    requireText(ref.get("kind"), "a kind", isPathSegment);
    requireText(ref.get("name"), "the name of an object", isPathSegment);
    const version = ref.get("apiVersion");
    const isVersion = (text: string) => {
        const parts = text.split("/");
        return parts.length === 2 ? parts[0] !== "" || canBeCore : canBeCore && parts.length === 1;
    };
    const expected = "a group and a version, such as apps/v1";
    if (!version.isFilled && !canBeCore)
        version.rejectMissing(expected, "Set the version of the kind.");
    else version.rejectUnless(isVersion, expected, "Write the API group before the version.");
}

/** validateMetricSpec. */
function checkMetric(metric: Field): void {
    if (metric.isUnknown) return;
    const type = metric.get("type");
    const types = Object.keys(SOURCES);
    requireChoice(type, types);
    const own = SOURCES[type.text ?? ""];
    const names = Object.values(SOURCES);
    if (own !== undefined) {
        const source = metric.get(own);
        if (!source.isSet)
            source.rejectMissing(
                `the metric of type ${type.text}`,
                "Add the source of the metric.",
            );
        const sorted = [own, ...names.filter((name) => name !== own)];
        rejectOthers(sorted.map((name) => metric.get(name)));
    }
    for (const name of names) {
        const source = metric.get(name);
        if (source.isSet && !source.isUnknown) checkSource(name, source);
    }
}

function checkSource(name: string, source: Field): void {
    const target = source.get("target");
    checkTarget(target);
    const [value, average, use] = ["value", "averageValue", "averageUtilization"].map((one) =>
        target.get(one),
    ) as [Field, Field, Field];
    const isResource = name === "resource" || name === "containerResource";
    if (isResource) {
        requireText(source.get("name"), "the name of a resource");
        if (name === "containerResource") {
            requireText(source.get("container"), "the name of a container", isDns1123Label);
        }
        requireEither(use, average);
        return;
    }
    requireText(source.get("metric", "name"), "the name of a metric", isPathSegment);
    checkLabelSelector(source.get("metric", "selector"));
    if (name === "pods") requireEither(average, average);
    else if (name === "external") requireEither(average, value);
    else {
        checkReference(source.get("describedObject"), true);
        if (!value.isSet) requireEither(average, average);
    }
}

/** One of both, and not both if they differ. */
function requireEither(first: Field, second: Field): void {
    if (!first.isSet && !second.isSet) {
        first.rejectMissing(
            first.path === second.path ? "a value" : `this or ${second.name}`,
            "Set the target of the metric.",
        );
    } else if (first.path !== second.path) rejectOthers([first, second]);
}

/** validateMetricTarget. */
function checkTarget(target: Field): void {
    if (target.isUnknown) return;
    requireChoice(target.get("type"), ["Utilization", "Value", "AverageValue"]);
    for (const quantity of [target.get("value"), target.get("averageValue")]) {
        checkQuantity(quantity);
        if ((amountOf(quantity) ?? 1n) <= 0n) quantity.reject("more than 0", "Raise the target.");
    }
    checkRange(target.get("averageUtilization"), 1);
}

/** validateScalingRules. Absent policies are the defaults; empty ones are not. */
function checkBehavior(rules: Field): void {
    checkRange(rules.get("stabilizationWindowSeconds"), 0, 3600);
    checkChoice(rules.get("selectPolicy"), ["Max", "Min", "Disabled"]);
    const policies = rules.get("policies");
    if (policies.isSet && !policies.isFilled) {
        policies.reject("at least one policy", "Remove the list: absent means the defaults.");
    }
    for (const policy of policies.items) {
        if (policy.isUnknown) continue;
        requireChoice(policy.get("type"), ["Pods", "Percent"], "Pods or Percent");
        const [value, period] = [policy.get("value"), policy.get("periodSeconds")];
        if (value.isSet) checkRange(value, 1);
        if (period.isSet) checkRange(period, 1, 1800);
    }
}

/** ValidatePodDisruptionBudgetSpec. */
export function checkDisruptionBudget(spec: Field): void {
    const [least, most] = [spec.get("minAvailable"), spec.get("maxUnavailable")];
    rejectOthers([least, most]);
    checkIntOrPercent(least, true);
    checkIntOrPercent(most, true);
    checkLabelSelector(spec.get("selector"));
    checkChoice(spec.get("unhealthyPodEvictionPolicy"), ["IfHealthyBudget", "AlwaysAllow"]);
}

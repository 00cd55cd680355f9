/** Jobs and CronJobs: pkg/apis/batch/validation, with the defaults of pkg/apis/batch/v1. */
import type { Field } from "../field";
import {
    checkChoice,
    checkNotNegative,
    checkRange,
    requireChoice,
    requireText,
} from "./fieldChecks";
import { checkAnnotations, checkLabelSelector, checkLabels, selects } from "./objectLabels";
import { checkPodTemplate } from "./pod/podSpec";
import { isCronSchedule } from "./values/cronSchedule";
import { isDns1123Label, isQualifiedName } from "./values/forms";

/** Kubernetes sets these labels of the pods of a Job. */
const NAME_LABELS = ["job-name", "batch.kubernetes.io/job-name"];
const UID_LABELS = ["controller-uid", "batch.kubernetes.io/controller-uid"];
/** The controller adds a suffix of 11 characters to the names of Jobs. */
const LONGEST_CRON_NAME = 52;

/** ValidateJob. */
export function checkJob(spec: Field, metadata: Field): void {
    checkJobSpec(spec);
    const name = metadata.get("name");
    const { text } = name;
    if (text && text.length > 63) {
        name.reject("at most 63 characters", "Shorten it: it becomes a label of the pods.");
    }
    const completions = spec.get("completions");
    const isIndexed = spec.get("completionMode").text === "Indexed";
    if (isIndexed && text && completions.number && text.length <= 63) {
        const host = `${text}-${completions.number - 1}`;
        if (!isDns1123Label(host)) {
            name.reject("a DNS label with room for the index", "Shorten it, and use no dots.");
        }
    }
    checkSelector(spec, text);
}

/** validateGeneratedSelector: without manualSelector, the API server writes the selector. */
function checkSelector(spec: Field, name: string | undefined): void {
    const [selector, manual] = [spec.get("selector"), spec.get("manualSelector")];
    const labels = spec.get("template", "metadata", "labels");
    checkLabelSelector(selector);
    if (manual.isUnknown || selector.isUnknown) return;
    if (manual.value === true) {
        if (!selector.isSet) {
            selector.reject("a selector, because of manualSelector", "Add it, or remove that.");
        } else if (selects(selector, labels) === false) {
            labels.reject("labels that spec.selector matches", "Give the pods these labels.");
        }
        return;
    }
    const own = [...NAME_LABELS, ...UID_LABELS];
    const others = selector.get("matchLabels").writtenEntries.find(([key]) => !own.includes(key));
    if (others !== undefined) {
        const fix = "Remove it: the API server sets the selector of a Job.";
        selector.reject("no value without manualSelector", fix);
    }
    for (const key of UID_LABELS) {
        const label = labels.get(key);
        if (label.isFilled && !label.isUnknown) label.reject("no value", "Remove this label.");
    }
    for (const key of NAME_LABELS) {
        const label = labels.get(key);
        if (!label.isSet || name === undefined) continue;
        const isName = (text: string) => text === name;
        label.rejectUnless(isName, "the name of the Job", "Remove it: Kubernetes sets it.");
    }
}

/** validateJobSpec. */
function checkJobSpec(spec: Field): void {
    if (spec.isUnknown) return;
    const limits = ["activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"];
    const counts = ["parallelism", "completions", "backoffLimitPerIndex", "maxFailedIndexes"];
    checkNotNegative(spec, ...limits, ...counts);
    const [mode, completions] = [spec.get("completionMode"), spec.get("completions")];
    checkChoice(mode, ["NonIndexed", "Indexed"]);
    const [perIndex, failed] = [spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes")];
    if (mode.text === "Indexed") {
        const parallelism = spec.get("parallelism");
        if ((parallelism.number ?? 0) > 100_000) checkRange(parallelism, 0, 100_000);
        // 1 is the default only if parallelism is absent too.
        if (!completions.isSet && spec.get("parallelism").isFilled) {
            completions.reject("a number with Indexed", "Set the number of indexes.");
        }
        const most = completions.isSet ? completions.number : 1;
        if ((failed.number ?? 0) > 0 && most !== undefined) checkRange(failed, 0, most);
    } else if (mode.text === "" || mode.text === "NonIndexed") {
        for (const field of [perIndex, failed, spec.get("successPolicy")]) {
            if (!field.isSet || field.isUnknown) continue;
            field.reject("no value without completionMode: Indexed", "Remove it, or set the mode.");
        }
    }
    if (failed.isSet && !perIndex.isSet) {
        perIndex.reject("a number beside maxFailedIndexes", "Set it, or remove maxFailedIndexes.");
    }
    const hasFailurePolicy = spec.get("podFailurePolicy").isSet;
    const replacements = hasFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
    checkChoice(spec.get("podReplacementPolicy"), replacements);
    checkFailurePolicy(spec);
    const isNeverOnly = hasFailurePolicy && !spec.get("podFailurePolicy").isUnknown;
    const restartPolicies = isNeverOnly ? ["Never"] : ["OnFailure", "Never"];
    checkPodTemplate(spec.get("template"), { restartPolicies, hasDeadline: true });
}

/** validatePodFailurePolicyRule. */
function checkFailurePolicy(spec: Field): void {
    for (const rule of spec.get("podFailurePolicy", "rules").items) {
        if (rule.isUnknown) continue;
        const action = rule.get("action");
        requireChoice(action, ["FailJob", "FailIndex", "Ignore", "Count"]);
        if (action.text === "FailIndex" && !spec.get("backoffLimitPerIndex").isSet) {
            action.reject(
                "another action without backoffLimitPerIndex",
                "Set backoffLimitPerIndex.",
            );
        }
        const [codes, conditions] = [rule.get("onExitCodes"), rule.get("onPodConditions")];
        if (codes.isSet === conditions.isFilled && !codes.isUnknown && !conditions.isUnknown) {
            rule.reject("either onExitCodes or onPodConditions", "Set one of the fields.");
        }
        for (const condition of conditions.items) {
            requireText(condition.get("type"), "the type of a condition", isQualifiedName);
        }
        if (!codes.isSet || codes.isUnknown) continue;
        requireChoice(codes.get("operator"), ["In", "NotIn"], "In or NotIn");
        const values = codes.get("values");
        if (!values.isFilled) values.reject("at least one exit code", "Add the exit codes.");
        for (const [index, code] of values.items.entries()) {
            const before = values.items[index - 1]?.number ?? Number.NEGATIVE_INFINITY;
            if (code.number === 0 && codes.get("operator").text === "In") {
                code.reject("another code than 0 with In", "Remove it: 0 is no failure.");
            } else if (code.number !== undefined && code.number <= before) {
                code.reject("rising, unique exit codes", "Sort the exit codes.");
            }
        }
    }
}

/** validateCronJobSpec. */
export function checkCronJob(spec: Field, metadata: Field): void {
    const [schedule, name] = [spec.get("schedule"), metadata.get("name")];
    if ((name.text ?? "").length > LONGEST_CRON_NAME) {
        const expected = `at most ${LONGEST_CRON_NAME} characters`;
        name.reject(expected, "Shorten it: the names of its Jobs are longer.");
    }
    const { text } = schedule;
    if (text?.includes("TZ")) {
        schedule.reject("a schedule without a time zone", "Move the time zone to timeZone.");
    } else {
        const form = 'five fields, such as "*/5 * * * *", or one of @daily, @every 1h';
        requireText(schedule, form, isCronSchedule);
    }
    const zone = spec.get("timeZone");
    if (zone.isSet) zone.rejectUnless(isZoneName, "a name of IANA", 'Use one like "Europe/Rome".');
    const limits = ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"];
    checkNotNegative(spec, "startingDeadlineSeconds", ...limits);
    const template = spec.get("jobTemplate");
    checkLabels(template.get("metadata", "labels"));
    checkAnnotations(template.get("metadata", "annotations"));
    const [job, selector] = [template.get("spec"), template.get("spec", "selector")];
    if (template.isUnknown) return;
    if (selector.isSet && !selector.isUnknown) {
        selector.reject("no value", "Remove it: the API server sets the selector of each Job.");
    }
    if (job.get("manualSelector").value === true) {
        job.get("manualSelector").reject("false", "Remove it: each Job has a selector of its own.");
    }
    checkJobSpec(job);
}

/** validateTimeZone, without the list of zones of the API server's host. */
function isZoneName(text: string): boolean {
    if (/^local$/i.test(text)) return false;
    return text
        .split("/")
        .every((part) => /^(?!-)[A-Za-z.\-_0-9+]{1,14}$/.test(part) && !/^\.\.?$/.test(part));
}

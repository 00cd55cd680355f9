/** What a rollout did, in plain words: for readers who do not know weights, phases or evidence. */
import { durationText, failedText, numberText, percentText } from "../text";
import type { RolloutReport } from "./rolloutReport";
import { clockText, highestWeight } from "./wording";

/** Two or three sentences: what became of the new version, who got it, and what that cost. */
export function headline(report: RolloutReport): string {
    const { rollout, outcome, started, ended, rollback } = report;
    const { next, previous } = versionNames(report);
    const took = durationText(ended.second - started.second);
    const share = percentText(lastWeight(report) / 100);
    switch (outcome) {
        case "promoted":
            return `The new version (${next}) of ${rollout.app} passed and got every request after ${took}. ${failuresText(report)}`;
        case "rolledBack": {
            const isBack =
                rollback?.seconds === undefined
                    ? "the driver did not confirm that every request goes to the previous version"
                    : "every request goes to the previous version";
            return `The new version (${next}) of ${rollout.app} was taken out of use after ${took}; ${isBack} (${previous}). ${exposureText(report)}`;
        }
        case "held":
            return `The rollout of ${rollout.app} stopped after ${took}, and a person has to decide. The new version (${next}) was left with ${share} of the requests. ${failuresText(report)}`;
        case "unfinished":
            return `The rollout of ${rollout.app} had not finished at ${clockText(ended)} UTC, the time of its last record. ${progressText(report, next, share)}`;
    }
}

function progressText(report: RolloutReport, next: string, share: string): string {
    if (report.rollback !== undefined && report.rollback.seconds === undefined) {
        return `The new version (${next}) was being taken out of use.`;
    }
    const hasRouted = report.phases.some(({ routed }) => routed !== undefined);
    return hasRouted
        ? `The new version (${next}) got ${share} of the requests.`
        : `The new version (${next}) had not got any requests from it.`;
}

/** The weight that callers had last. */
function lastWeight({ phases }: RolloutReport): number {
    return phases.filter(({ routed }) => routed !== undefined).at(-1)?.weight ?? 0;
}

function exposureText(report: RolloutReport): string {
    const highest = highestWeight(report);
    if (highest === 0) return "No requests went to it.";
    return `It had got at most ${percentText(highest / 100)} of the requests. ${costSentence(report)}`;
}

function failuresText(report: RolloutReport): string {
    const { canary } = report.total;
    if (canary.requests === 0) return "No requests to it were counted.";
    return `Of its requests, ${failedText(canary)} failed. ${costSentence(report)}`;
}

/** A cost below one request is nobody's request. */
function costSentence({ exposure: { failed } }: RolloutReport): string {
    const whole = Math.round(failed);
    if (whole < 1) return "No more requests failed than with the previous version.";
    const requests = `${numberText(whole)} more request${whole === 1 ? "" : "s"}`;
    return `About ${requests} failed than with the previous version.`;
}

/** The images' tags if they tell the versions apart, otherwise the slots. */
function versionNames({ rollout: { images, canary, stable } }: RolloutReport) {
    const [next, previous] = [tagOf(images[canary]), tagOf(images[stable])];
    return next !== undefined && previous !== undefined && next !== previous
        ? { next, previous }
        : { next: canary, previous: stable };
}

/** "1.1.0" of "registry.example:5000/web:1.1.0@sha256:…". */
function tagOf(image = ""): string | undefined {
    return /:([\w][\w.-]{0,127})(?:@.*)?$/.exec(image.slice(image.lastIndexOf("/") + 1))?.[1];
}

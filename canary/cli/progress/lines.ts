// A rollout as plain lines, for logs: one per event, and one per sample whose decision changed.
import { decisionKind } from "../../analysis/decision/decision";
import type { JournalRecord, SampleRecord } from "../../analysis/record/record";
import { OUTCOME_TEXT } from "../../analysis/report/wording";
import { durationText, failedText, isoTime, oddsText, oneLine } from "../../analysis/text";

/** A sample with an unchanged decision is printed again after this. */
const QUIET_MS = 30_000;

const STEP_TEXT = {
    wanted: "is next",
    previewed: "previewed",
    updated: "updated",
    routed: "reached callers",
    postponed: "postponed",
};

/** One sentence about a record; undefined for a sample. */
export function eventText(record: JournalRecord): string | undefined {
    switch (record.type) {
        case "started": {
            const { id, stable, canary, images, ladder } = record;
            const from = images[stable] === undefined ? stable : `${stable} (${images[stable]})`;
            const to = images[canary] === undefined ? canary : `${canary} (${images[canary]})`;
            return `${id}: ${from} → ${to}, weights ${ladder.join(", ")}`;
        }
        case "phase": {
            const { weight, step, seconds, notes = [] } = record;
            const took = seconds === undefined ? "" : ` in ${durationText(seconds)}`;
            return [`weight ${weight} ${STEP_TEXT[step]}${took}`, ...notes].join("; ");
        }
        case "rollback":
            return `rollback: ${record.step} after ${durationText(record.seconds)}: ${record.reason}`;
        case "proxies":
            return `${record.verdict.action} at weight ${record.weight}: ${record.verdict.reason}`;
        case "gate":
            return `gate ${record.gate} ${record.when} weight ${record.weight}: ${record.verdict}: ${record.reason}`;
        case "control":
            return `${record.control} by ${record.by}`;
        case "drift":
            return `the weight in the ${record.where}: expected ${record.wanted}, got ${record.found}`;
        case "note":
            return record.text;
        case "resumed":
            return `resumed: ${record.found}`;
        case "ended":
            return `${OUTCOME_TEXT[record.outcome].toLowerCase()}: ${record.reason}`;
        case "sample":
            return undefined;
    }
}

/** @returns a function that gives a record's line, or undefined if a sample says nothing new. */
export function plainLines(): (record: JournalRecord) => string | undefined {
    let printed = { at: Number.NEGATIVE_INFINITY, kind: "" };
    return (record) => {
        const time = isoTime(record.at);
        if (record.type !== "sample") {
            printed = { ...printed, kind: "" };
            return `${time} ${oneLine(eventText(record) ?? "")}`;
        }
        const { weight, problem, decision } = record;
        const kind = [weight, problem, decisionKind(decision)].join(", ");
        if (kind === printed.kind && record.at - printed.at < QUIET_MS) return undefined;
        printed = { at: record.at, kind };
        return `${time} ${oneLine(sampleText(record))}`;
    };
}

function sampleText({ weight, decision, problem }: SampleRecord): string {
    const { action, verdict, reason, evidence } = decision;
    const { stable, canary, harm, harmLimit, slow, slowLimit, safe, safeLimit } = evidence;
    const of = (name: string, value: number, limit: number) =>
        `${name} ${oddsText(value)} of ${oddsText(limit)}`;
    const numbers = [
        `failed: stable ${failedText(stable)}, canary ${failedText(canary)}`,
        of("odds: fails more", harm, harmLimit),
        of("slower", slow, slowLimit),
        of("safe", safe, safeLimit),
    ];
    const what = problem === undefined ? verdict : `${verdict} (${problem})`;
    return `weight ${weight}: ${action}, ${what}: ${reason} [${numbers.join("; ")}]`;
}

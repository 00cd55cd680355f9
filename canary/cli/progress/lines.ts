// A rollout in plain lines, for logs: one per event, and one per look when it says something new.
import type { JournalRecord, LookRecord } from "../../analysis/record/record";
import { failedText, isoTime, oneLine } from "./words";

/** A look that says what the last one said is told again after this. */
const QUIET_MS = 30_000;

/** One sentence on what a record says; undefined for a look. */
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
            const took = seconds === undefined ? "" : ` in ${seconds.toFixed(1)} s`;
            return [`weight ${weight} ${step}${took}`, ...notes].join("; ");
        }
        case "rollback":
            return `rollback: ${record.step} after ${record.seconds.toFixed(1)} s: ${record.reason}`;
        case "gate":
            return `gate ${record.gate} ${record.when} weight ${record.weight}: ${record.verdict}: ${record.reason}`;
        case "control":
            return `${record.control} by ${record.by}`;
        case "drift":
            return `the weight in the ${record.where} is ${record.found}; wanted ${record.wanted}`;
        case "note":
            return record.text;
        case "resumed":
            return `resumed: ${record.found}`;
        case "ended":
            return `${record.outcome}: ${record.reason}`;
        case "look":
            return undefined;
    }
}

/** Remembers what it has told; gives the line of a record, or undefined where it says nothing new. */
export function plainLines(): (record: JournalRecord) => string | undefined {
    let told = { at: Number.NEGATIVE_INFINITY, key: "" };
    return (record) => {
        const time = isoTime(record.at);
        if (record.type !== "look") {
            told = { ...told, key: "" };
            return `${time} ${oneLine(eventText(record) ?? "")}`;
        }
        const key = sense(record);
        if (key === told.key && record.at - told.at < QUIET_MS) return undefined;
        told = { at: record.at, key };
        return `${time} ${oneLine(lookText(record))}`;
    };
}

/** What changes when a look says something else: verdicts, not numbers. */
function sense({ weight, problem, decision }: LookRecord): string {
    const gates = decision.gates.map(({ gate, verdict }) => `${gate} ${verdict}`);
    return [weight, problem, decision.action, decision.verdict, ...gates].join();
}

function lookText({ weight, decision, problem }: LookRecord): string {
    const { action, verdict, reason, evidence } = decision;
    const { stable, canary, harm, harmLimit, slow, slowLimit, safe, safeLimit } = evidence;
    const of = (name: string, value: number, limit: number) =>
        `${name} ${value.toFixed(1)} of ${limit.toFixed(1)}`;
    const numbers = [
        `stable ${failedText(stable)}`,
        `canary ${failedText(canary)}`,
        of("harm", harm, harmLimit),
        of("slow", slow, slowLimit),
        of("safe", safe, safeLimit),
    ];
    const what = problem === undefined ? verdict : `${verdict} (${problem})`;
    return `weight ${weight}: ${action}, ${what}: ${reason} [${numbers.join("; ")}]`;
}

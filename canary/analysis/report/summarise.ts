/** A rollout's report from its record. */

import { sumCounts } from "../counts/sums";
import type { JournalRecord, Started } from "../record/record";
import { decisionsOf } from "./decisions";
import { momentsSince, type Of, ofType } from "./moments";
import { phasesOf } from "./phases";
import { problemsOf } from "./problems";
import {
    type LookReport,
    REPORT_VERSION,
    type RollbackReport,
    type RolledOut,
    type RolloutReport,
} from "./rolloutReport";

/** A record that does not say what was rolled out. */
export class NoRollout extends Error {
    override readonly name = "NoRollout";
}

/**
 * Everything that a record says of a rollout, folded for people: pure, the same record gives the same report.
 * @param records in the order written; may end anywhere.
 * @throws NoRollout when none of them says what was rolled out.
 */
export function summarise(records: readonly JournalRecord[]): RolloutReport {
    const started = ofType(records, "started")[0];
    const first = records[0];
    const last = records.at(-1);
    if (started === undefined || first === undefined || last === undefined) {
        throw new NoRollout(
            `A rollout's record begins with "started"; found ${records.length} records without one.`,
        );
    }
    const moment = momentsSince(first.at);
    const at = (record: JournalRecord) => moment(record.at);
    const looks = ofType(records, "look");
    const observed = looks.flatMap(({ observation }) => observation ?? []);
    const rollback = rollbackOf(ofType(records, "rollback"));
    const end = ofType(records, "ended").at(-1);
    const budget = started.analysis.exposureBudget;
    return {
        version: REPORT_VERSION,
        rollout: rolledOut(started),
        outcome: end?.outcome ?? "unfinished",
        reason: end?.reason ?? unfinished(records),
        started: moment(first.at),
        ended: moment(last.at),
        phases: phasesOf(records, moment),
        total: {
            ...sumCounts(observed.flatMap(({ strata }) => strata)),
            unattributed: observed.reduce((total, { unattributed }) => total + unattributed, 0),
        },
        exposure: {
            failed: looks.at(-1)?.decision.evidence.exposed ?? 0,
            ...(budget !== undefined && { budget }),
        },
        latency: slowOf(observed.flatMap(({ slow }) => slow)),
        looks: looks.map((look) => lookOf(look, at(look))),
        decisions: decisionsOf(looks, moment),
        gates: ofType(records, "gate").map((record) => {
            const { gate, weight, when, verdict, reason } = record;
            return { ...at(record), gate, weight, when, verdict, reason };
        }),
        controls: ofType(records, "control").map((record) => {
            return { ...at(record), control: record.control, by: record.by };
        }),
        drift: ofType(records, "drift").map((record) => {
            const { where, wanted, found } = record;
            return { ...at(record), where, wanted, found };
        }),
        ...(rollback && { rollback }),
        resumed: ofType(records, "resumed").map((record) => {
            return { ...at(record), found: record.found };
        }),
        policy: policyOf(ofType(records, "phase")),
        notes: ofType(records, "note").map((record) => ({ ...at(record), text: record.text })),
        problems: problemsOf(looks, moment),
    };
}

function rolledOut(started: Started): RolledOut {
    const { id, stack, app, namespace, stable, canary, images, ladder } = started;
    const { configHash, toolVersion } = started;
    return {
        id,
        stack,
        app,
        namespace,
        stable,
        canary,
        images,
        ladder,
        configHash,
        toolVersion,
    };
}

function unfinished(records: readonly JournalRecord[]): string {
    const look = ofType(records, "look").at(-1);
    const last = look === undefined ? "nothing was looked at yet" : look.decision.reason;
    return `the record has no end: the rollout is under way, or its driver is gone; last: ${last}`;
}

function lookOf(look: Of<"look">, at: ReturnType<ReturnType<typeof momentsSince>>): LookReport {
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = look.decision.evidence;
    return {
        ...at,
        weight: look.weight,
        ...(look.observation && { counts: sumCounts(look.observation.strata) }),
        harm,
        harmLimit,
        slow,
        slowLimit,
        safe,
        safeLimit,
        exposed,
    };
}

function policyOf(phases: readonly Of<"phase">[]): RolloutReport["policy"] {
    const weights = new Map<string, Set<number>>();
    for (const { step, weight, notes = [] } of phases) {
        if (step !== "previewed") continue;
        for (const text of notes) weights.set(text, (weights.get(text) ?? new Set()).add(weight));
    }
    return [...weights].map(([text, at]) => ({ weights: [...at], text }));
}

function slowOf(slow: NonNullable<Of<"look">["observation"]>["slow"]): RolloutReport["latency"] {
    const bounds = [...new Set(slow.map(({ bound }) => bound))].sort((a, b) => a - b);
    return bounds.map((bound) => ({
        bound,
        ...sumCounts(slow.filter((one) => one.bound === bound).flatMap(({ strata }) => strata)),
    }));
}

function rollbackOf(records: readonly Of<"rollback">[]): RollbackReport | undefined {
    const [verdict] = records;
    if (verdict === undefined) return undefined;
    const routed = records.find(({ step }) => step === "routed");
    return {
        reason: verdict.reason,
        steps: records.map(({ step, seconds, reason }) => ({ step, second: seconds, reason })),
        ...(routed && { seconds: routed.seconds }),
    };
}

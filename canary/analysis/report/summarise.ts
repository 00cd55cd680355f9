/** A rollout's report from its records. */

import { decisionKind } from "../decision/decision";
import type { JournalRecord, SampleRecord, Started } from "../record/record";
import { type RolloutStatus, replay } from "../record/reduce";
import type { TimelinePhase } from "../record/timeline";
import { sumCounts } from "../statistics/counts";
import { dryRunsOf } from "./dryRuns";
import {
    type DecisionReport,
    type Moment,
    type PhaseReport,
    type ProblemReport,
    REPORT_VERSION,
    type RollbackReport,
    type RolledOut,
    type RolloutReport,
    type SampleReport,
} from "./rolloutReport";

/** The records do not start a rollout. */
export class NoRollout extends Error {
    override readonly name = "NoRollout";
}

type Of<Type extends JournalRecord["type"]> = Extract<JournalRecord, { type: Type }>;
type Samples = readonly (JournalRecord & SampleRecord)[];
type MomentOf = (at: number) => Moment;

/**
 * The report of a rollout. Pure: the same records give the same report.
 * @param records in the order in which they were written; the rollout may be unfinished.
 * @throws NoRollout if the first record does not start a rollout.
 */
export function summarise(records: readonly JournalRecord[]): RolloutReport {
    const [first] = records;
    if (first?.type !== "started") {
        const found = first === undefined ? "no records" : `"${first.type}"`;
        throw new NoRollout(`The first record of a rollout: expected "started", got ${found}.`);
    }
    const status = replay(records);
    const { started, ended, at } = status;
    const moment: MomentOf = (time) => ({
        at: new Date(time).toISOString(),
        second: (time - first.at) / 1_000,
    });
    const list = <Type extends JournalRecord["type"]>(type: Type) =>
        records
            .filter((record): record is Of<Type> => record.type === type)
            .map((record) => ({ ...moment(record.at), record }));
    const samples = list("sample").map(({ record }) => record);
    const observed = samples.flatMap(({ observation }) => observation ?? []);
    const rollback = rollbackOf(list("rollback").map(({ record }) => record));
    const proxies = list("proxies").map(({ record: { weight, verdict }, ...time }) => {
        const { action, reason } = verdict;
        return { ...time, weight, action, reason };
    });
    const budget = started.analysis.exposureBudget;
    const decisions = decisionReports(samples, moment);
    const dryRuns = dryRunsOf(decisions);
    return {
        version: REPORT_VERSION,
        rollout: rolledOut(started),
        outcome: ended?.outcome ?? "unfinished",
        reason: ended?.reason ?? unfinishedReason(status),
        started: moment(first.at),
        ended: moment(at),
        phases: status.timeline.map((phase) => phaseReport(phase, at, moment)),
        total: {
            ...sumCounts(observed.flatMap(({ strata }) => strata)),
            unattributed: observed.reduce((total, { unattributed }) => total + unattributed, 0),
        },
        exposure: {
            failed: samples.at(-1)?.decision.evidence.exposed ?? 0,
            ...(budget !== undefined && { budget }),
        },
        latency: latencyOf(observed.flatMap(({ slow }) => slow)),
        samples: samples.map((record) => sampleReport(record, moment)),
        decisions,
        ...(dryRuns.length > 0 && { dryRuns }),
        gates: list("gate").map(({ at: time, second, record }) => {
            const { gate, weight, when, verdict, reason } = record;
            return { at: time, second, gate, weight, when, verdict, reason };
        }),
        controls: list("control").map(({ record: { control, by }, ...time }) => {
            return { ...time, control, by };
        }),
        drift: list("drift").map(({ record: { where, wanted, found }, ...time }) => {
            return { ...time, where, wanted, found };
        }),
        ...(proxies.length > 0 && { proxies }),
        ...(rollback && { rollback }),
        resumed: list("resumed").map(({ record: { found }, ...time }) => ({ ...time, found })),
        policy: policyOf(list("phase").map(({ record }) => record)),
        notes: list("note").map(({ record: { text }, ...time }) => ({ ...time, text })),
        problems: problemReports(samples, moment),
    };
}

function rolledOut(started: Started): RolledOut {
    const { id, stack, app, namespace, stable, canary, images, ladder } = started;
    const { configHash, toolVersion, links } = started;
    const of = { id, stack, app, namespace, stable, canary, images, ladder };
    return { ...of, configHash, toolVersion, ...(links && { links }) };
}

function unfinishedReason({ sample, reason }: RolloutStatus): string {
    const last = sample === undefined && reason === "" ? "no sample yet" : reason;
    return `the rollout is still running, or its driver was stopped; last reason: ${last}`;
}

/** @param until when the last record was written. */
function phaseReport(phase: TimelinePhase, until: number, moment: MomentOf): PhaseReport {
    const { kind, weight, samples, canary, stable, verdict, notes } = phase;
    const { wantedAt, previewedAt, updatedAt, routedAt, endedAt } = phase;
    const { previewSeconds, updateSeconds, routeSeconds } = phase;
    const held = routedAt === undefined ? undefined : ((endedAt ?? until) - routedAt) / 1_000;
    return {
        kind,
        weight,
        ...(wantedAt !== undefined && { wanted: moment(wantedAt) }),
        ...(previewedAt !== undefined && { previewed: moment(previewedAt) }),
        ...(updatedAt !== undefined && { updated: moment(updatedAt) }),
        ...(routedAt !== undefined && { routed: moment(routedAt) }),
        ...(endedAt !== undefined && { ended: moment(endedAt) }),
        seconds: {
            ...(previewSeconds !== undefined && { preview: previewSeconds }),
            ...(updateSeconds !== undefined && { update: updateSeconds }),
            ...(routeSeconds !== undefined && { route: routeSeconds }),
            ...(held !== undefined && { held }),
        },
        samples,
        canary,
        stable,
        ...(verdict !== undefined && { verdict }),
        notes,
    };
}

function sampleReport(record: JournalRecord & SampleRecord, moment: MomentOf): SampleReport {
    const { at, weight, observation, decision } = record;
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = decision.evidence;
    return {
        ...moment(at),
        weight,
        ...(observation && { counts: sumCounts(observation.strata) }),
        ...{ harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed },
    };
}

/** Merges consecutive holds that differ only in their numbers. */
function decisionReports(samples: Samples, moment: MomentOf): DecisionReport[] {
    const decisions: DecisionReport[] = [];
    let before: (JournalRecord & SampleRecord) | undefined;
    for (const sample of samples) {
        const last = decisions.at(-1);
        const isSame = last !== undefined && before !== undefined && isAlike(before, sample);
        const { weight, decision } = sample;
        const { action, verdict, reason, gates, evidence } = decision;
        const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = evidence;
        const next: DecisionReport = {
            from: isSame ? last.from : moment(sample.at),
            to: moment(sample.at),
            samples: isSame ? last.samples + 1 : 1,
            ...{ weight, action, verdict, reason, gates },
            evidence: { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed },
            phase: { ...evidence.phase, dwellSeconds: evidence.dwellSeconds },
        };
        if (isSame) decisions.pop();
        decisions.push(next);
        before = sample;
    }
    return decisions;
}

function isAlike(a: SampleRecord, b: SampleRecord): boolean {
    return (
        a.decision.action === "hold" &&
        a.weight === b.weight &&
        a.problem === b.problem &&
        decisionKind(a.decision) === decisionKind(b.decision)
    );
}

/** The samples without counts. Merges consecutive ones with the same problem. */
function problemReports(samples: Samples, moment: MomentOf): ProblemReport[] {
    const problems: ProblemReport[] = [];
    let open: ProblemReport | undefined;
    for (const { at, problem, reason = "" } of samples) {
        if (problem === undefined) {
            open = undefined;
            continue;
        }
        const to = moment(at);
        const same = open?.problem === problem ? problems.pop() : undefined;
        const count = (same?.samples ?? 0) + 1;
        open = { problem, from: same?.from ?? to, to, samples: count, reason };
        problems.push(open);
    }
    return problems;
}

function policyOf(phases: readonly Of<"phase">[]): RolloutReport["policy"] {
    const weights = new Map<string, Set<number>>();
    for (const { step, weight, notes = [] } of phases) {
        if (step !== "previewed") continue;
        for (const text of notes) weights.set(text, (weights.get(text) ?? new Set()).add(weight));
    }
    return [...weights].map(([text, at]) => ({ weights: [...at], text }));
}

function latencyOf(
    slow: NonNullable<SampleRecord["observation"]>["slow"],
): RolloutReport["latency"] {
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

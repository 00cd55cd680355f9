// `istio-canary history`: all rollouts of a stack, one per line.

import type { RolloutReport } from "../../analysis/report/rolloutReport";
import { OUTCOME_TEXT } from "../../analysis/report/wording";
import { durationText, errorMessage, numberText } from "../../analysis/text";
import { type JournalPlace, listJournals } from "../../driver/journal/journal";
import { reportOf } from "./writeReport";

export interface Rollout {
    readonly id: string;
    /** ISO 8601, UTC. If the journal cannot be read, only `id` and `problem` are present. */
    readonly started?: string;
    readonly seconds?: number;
    readonly outcome?: RolloutReport["outcome"];
    /** Requests to both versions. */
    readonly requests?: number;
    readonly canaryRequests?: number;
    readonly canaryFailed?: number;
    /** Failed requests beyond the stable's share. */
    readonly exposure?: number;
    /** Why the journal cannot be read. */
    readonly problem?: string;
}

/** Newest first. A rollout that cannot be read has a `problem`, and does not hide the others. */
export async function history(place: JournalPlace): Promise<Rollout[]> {
    const rollouts: Rollout[] = [];
    for (const id of await listJournals(place)) {
        try {
            rollouts.push(lineOf(await reportOf(place, id)));
        } catch (error) {
            rollouts.push({ id, problem: errorMessage(error) });
        }
    }
    return rollouts;
}

function lineOf({ rollout, started, ended, outcome, total, exposure }: RolloutReport): Rollout {
    const { canary, stable } = total;
    return {
        id: rollout.id,
        started: started.at,
        seconds: ended.second,
        outcome,
        requests: canary.requests + stable.requests,
        canaryRequests: canary.requests,
        canaryFailed: canary.failed,
        exposure: exposure.failed,
    };
}

const HEADER = ["ID", "STARTED (UTC)", "TOOK", "OUTCOME", "REQUESTS", "CANARY FAILED", "COST"];

export function historyText(rollouts: readonly Rollout[], stack: string): string {
    if (rollouts.length === 0) return `Stack ${stack} has no rollouts yet.\n`;
    const rows = [HEADER, ...rollouts.map(cells)];
    const widths = HEADER.map((_, column) =>
        Math.max(
            ...rows.map((row) => (row.length === HEADER.length ? (row[column] ?? "").length : 0)),
        ),
    );
    const lines = rows.map((row) =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
    return `${lines.join("\n")}\n`;
}

function cells(rollout: Rollout): string[] {
    const { id, started, seconds, outcome, requests, canaryRequests, canaryFailed, exposure } =
        rollout;
    if (started === undefined || outcome === undefined) return [id, rollout.problem ?? ""];
    return [
        id,
        started.slice(0, 19).replace("T", " "),
        durationText(seconds ?? 0),
        OUTCOME_TEXT[outcome].toLowerCase(),
        numberText(requests ?? 0),
        `${numberText(canaryFailed ?? 0)} of ${numberText(canaryRequests ?? 0)}`,
        numberText(exposure ?? 0, 1),
    ];
}

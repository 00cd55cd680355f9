/** Converts records of earlier releases, because a newer driver may resume, roll back or report their rollout. */
import { analysisSchema } from "../../analysis/config/analysis";
import { type Cursors, NO_CURSORS } from "../../analysis/counts/observation";
import type { JournalRecord } from "../../analysis/record/record";

type Plain = Readonly<Record<string, unknown>>;

/** Up to 0.1.0, samples were called looks, and cursors were one list of named numbers. */
export function upgradeRecord(record: Plain): JournalRecord {
    const { lookedAt, cursors, ...rest } = record;
    const upgraded = {
        ...rest,
        ...(record.type === "look" && { type: "sample", sampledAt: lookedAt }),
        ...(cursors !== undefined && { cursors: upgradeCursors(cursors as Plain) }),
        ...(record.type === "started" && { analysis: upgradeAnalysis(record.analysis as Plain) }),
    };
    return upgraded as unknown as JournalRecord;
}

/** Up to 0.1.0, the warm-up was a number of samples, and the bake was at 100 %. */
function upgradeAnalysis(analysis: Plain): Plain {
    if (typeof analysis.warmUp !== "number") return analysis;
    const { warmUp: _, ...rest } = analysis;
    const defaults = analysisSchema.parse({});
    return { ...defaults, holdback: 0, onDeadline: "rollback", ...rest };
}

function upgradeCursors(cursors: Plain): Cursors {
    if ("requests" in cursors) return cursors as unknown as Cursors;
    let upgraded: Cursors = NO_CURSORS;
    for (const [name, value] of Object.entries(cursors)) {
        upgraded = withCursor(upgraded, name, Number(value));
    }
    return upgraded;
}

/** "looked", "requests <source>", "custom <metric> <count>" */
function withCursor(cursors: Cursors, name: string, value: number): Cursors {
    const [list = "", ...rest] = name.split(" ");
    switch (list) {
        case "looked":
            return { ...cursors, polledAt: value };
        case "requests":
        case "durations":
        case "received":
            return { ...cursors, [list]: { ...cursors[list], [rest.join(" ")]: value } };
        case "custom": {
            const [metric = "", count = ""] = rest;
            const counts = { ...cursors.custom[metric], [count]: value };
            return { ...cursors, custom: { ...cursors.custom, [metric]: counts } };
        }
        default:
            return cursors;
    }
}

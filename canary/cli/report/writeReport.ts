// Writes a report from a journal.
import { writeFile } from "node:fs/promises";
import { markdown } from "../../analysis/report/markdown";
import type { RolloutReport } from "../../analysis/report/rolloutReport";
import { summarise } from "../../analysis/report/summarise";
import { type JournalPlace, latestJournal, readJournal } from "../../driver/journal/journal";
import type { ReportFormat } from "./reportFormat";

// Loaded on demand, because only a page has charts, which load slowly.
const loadPage = (): typeof import("../../report/page/page") => require("../../report/page/page");

/**
 * Writes the report of a rollout to a file or to stdout.
 * @param id default: the stack's latest rollout.
 * @throws Error if there is none; JournalDamaged if the journal was changed.
 */
export async function writeReport(
    place: JournalPlace,
    id: string | undefined,
    format: ReportFormat,
    output: string | undefined,
): Promise<void> {
    const text = reportText(await reportOf(place, id), format);
    if (output !== undefined) await writeFile(output, text);
    else process.stdout.write(text);
}

/** @throws as writeReport. */
export async function reportOf(place: JournalPlace, id?: string): Promise<RolloutReport> {
    const chosen = id ?? (await latestJournal(place));
    if (chosen === undefined) {
        throw new Error(
            `Stack ${place.stack} has no rollouts: ${place.project}/.canary has no journal for it. \`istio-canary run\` writes one.`,
        );
    }
    const { records } = await readJournal(place, chosen).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        throw new Error(
            `Stack ${place.stack} has no rollout ${chosen}. To list its rollouts, run \`istio-canary history\`.`,
        );
    });
    return summarise(records);
}

export function reportText(report: RolloutReport, format: ReportFormat): string {
    switch (format) {
        case "html":
            return loadPage().page(report);
        case "json":
            return `${JSON.stringify(report, undefined, 2)}\n`;
        case "markdown":
            return markdown(report);
    }
}

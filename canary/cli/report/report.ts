// A journal in, a report out.
import { writeFile } from "node:fs/promises";
import { markdown, type RolloutReport, summarise } from "../../analysis/report";
import { type JournalPlace, latestJournal, readJournal } from "../../driver/journal/journal";
import type { ReportFormat } from "./format";

// Charts are heavy, and only a page has them.
const loadPage = (): typeof import("../../report/page") => require("../../report/page");

/**
 * Writes the report of a rollout, the stack's last unless one is named, to a file or to stdout.
 * @throws Error when there is none; JournalDamaged when it is not what was written.
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
            `Stack ${place.stack} has no rollouts to report: ${place.project}/.canary has no journal of it. \`istio-canary run\` keeps one.`,
        );
    }
    const { records } = await readJournal(place, chosen).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        throw new Error(
            `Stack ${place.stack} has no rollout ${chosen}; \`istio-canary history\` lists those it has.`,
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

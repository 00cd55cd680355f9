// `istio-canary report` and `istio-canary history` on a driver's journals.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { JournalRecord } from "../../../../canary/analysis/record/record";
import { markdown } from "../../../../canary/analysis/report/markdown";
import { summarise } from "../../../../canary/analysis/report/summarise";
import { history, historyText } from "../../../../canary/cli/report/history";
import { reportOf, reportText, writeReport } from "../../../../canary/cli/report/writeReport";
import { openJournal } from "../../../../canary/driver/journal/journal";
import { promotedJournal, rolledBackJournal } from "../../../fixtures/analysis/simulatedJournal";
import { runCommand } from "../../../fixtures/command";

const [OLD, NEW] = ["web-20261120T090000Z", "web-20261121T131200Z"];

describe("istio-canary report", () => {
    let project: string;
    const place = () => ({ project, stack: "dev" });
    const file = (id: string) => path.join(project, ".canary", "dev", `${id}.jsonl`);

    before(async () => {
        project = await mkdtemp(path.join(tmpdir(), "canary-report-"));
        await writeJournal(OLD, promotedJournal({ started: { id: OLD } }));
        await writeJournal(NEW, rolledBackJournal({ started: { id: NEW } }));
    });

    after(async () => {
        await rm(project, { recursive: true });
    });

    /** Writes a journal, each record at its own time. */
    async function writeJournal(id: string, records: readonly JournalRecord[]): Promise<void> {
        let now = 0;
        const journal = await openJournal(place(), id, { now: () => now });
        for (const { seq: _, at, ...body } of records) {
            now = at;
            await journal.append(body as JournalRecord);
        }
        await journal.close();
    }

    it("reports the latest rollout by default", async () => {
        assert.deepEqual(
            await reportOf(place()),
            summarise(rolledBackJournal({ started: { id: NEW } })),
        );
        assert.equal((await reportOf(place(), OLD)).outcome, "promoted");
    });

    it("writes a page, a comment, or JSON to the given file", async () => {
        const output = path.join(project, "report");
        const report = await reportOf(place());
        await writeReport(place(), undefined, "markdown", output);
        assert.equal(await readFile(output, "utf8"), markdown(report));
        await writeReport(place(), undefined, "json", output);
        assert.deepEqual(JSON.parse(await readFile(output, "utf8")), report);
        await writeReport(place(), undefined, "html", output);
        assert.match(
            await readFile(output, "utf8"),
            /^<!doctype html>[\s\S]*Rolled back[\s\S]*<\/html>\n$/,
        );
    });

    it("loads charts only for a page", () => {
        const script = `require("tsx/cjs"); require("./canary/cli/report/writeReport"); process.stdout.write(String(Object.keys(require.cache).some((file) => file.includes("echarts"))));`;
        const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
        assert.equal(stdout, "false");
        assert.match(reportText(summarise(promotedJournal()), "html"), /<svg/);
    });

    it("names the missing rollout, or the folder that has none", async () => {
        await assert.rejects(
            reportOf(place(), "web-20260101T000000Z"),
            /^Error: Stack dev has no rollout web-20260101T000000Z\. To list its rollouts, run `istio-canary history`\.$/,
        );
        await assert.rejects(
            reportOf({ project, stack: "prod" }),
            /^Error: Stack prod has no rollouts: .*\.canary has no journal for it\. `istio-canary run` writes one\.$/,
        );
    });

    it("rejects a journal that was changed", async () => {
        const before = await readFile(file(OLD), "utf8");
        await writeFile(file(OLD), before.replace('"app":"web"', '"app":"wet"'));
        await assert.rejects(reportOf(place(), OLD), /JournalDamaged/);
        const [, damaged] = await history(place());
        assert.match(damaged?.problem ?? "", /checksum/);
        await writeFile(file(OLD), before);
    });

    it("reports a journal whose last line was cut off by a crash", async () => {
        const before = await readFile(file(NEW), "utf8");
        await appendFile(file(NEW), '{"seq":999,"at":1');
        assert.equal((await reportOf(place())).outcome, "rolledBack");
        await writeFile(file(NEW), before);
    });

    it("exits with 2 if it cannot run", async () => {
        const run = (...args: string[]) => runCommand(args);
        const none = await run("report", "--stack", "no-such-stack");
        assert.equal(none.status, 2);
        assert.match(none.stderr, /^istio-canary: Stack no-such-stack has no rollouts:/m);
        const format = await run("report", "--format", "pdf");
        assert.equal(format.status, 2);
        assert.match(format.stderr, /Allowed choices are html, json, markdown/);
        const empty = await run("history", "--stack", "no-such-stack", "--json");
        assert.equal(empty.status, 0);
        assert.deepEqual(JSON.parse(empty.stdout), []);
    });

    describe("istio-canary history", () => {
        it("lists all rollouts, newest first", async () => {
            const rollouts = await history(place());
            assert.deepEqual(
                rollouts.map(({ id, outcome }) => [id, outcome]),
                [
                    [NEW, "rolledBack"],
                    [OLD, "promoted"],
                ],
            );
            const { total } = summarise(rolledBackJournal());
            const [newest] = rollouts;
            assert.equal(newest?.requests, total.canary.requests + total.stable.requests);
            assert.equal(newest?.canaryFailed, total.canary.failed);
        });

        it("prints a line per rollout, in columns", async () => {
            const text = historyText(await history(place()), "dev");
            const [header = "", newest = "", oldest = ""] = text.split("\n");
            assert.match(
                newest,
                /^web-20261121T131200Z {2}2026-11-21 13:12:00 {2}2 min 26 s {2}rolled back {2}11,560 {2}/,
            );
            for (const line of [newest, oldest]) {
                assert.equal(line.search(/rolled back|promoted/), header.indexOf("OUTCOME"));
            }
            assert.equal(historyText([], "dev"), "Stack dev has no rollouts yet.\n");
        });
    });
});

import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import type { RecordBody } from "../../../../canary/analysis/record/record";
import {
    type JournalPlace,
    latestJournal,
    listJournals,
    openJournal,
    readJournal,
} from "../../../../canary/driver/journal/journal";
import { openLastRollout } from "../../../../canary/driver/journal/lastRollout";
import { started } from "../../../fixtures/analysis/settings";

const ID = "web-20261121T131200Z";
const bodies: RecordBody[] = [
    { type: "note", text: "grüße \n 100 %" },
    { type: "phase", weight: 10, step: "wanted" },
    { type: "phase", weight: 10, step: "routed", seconds: 2.5, notes: ["a", '","sha256":"'] },
    { type: "drift", where: "config", wanted: 10, found: "ten" },
];

describe("a journal", () => {
    let place: JournalPlace;
    let time: number;
    const clock = { now: () => time++ };

    beforeEach(async () => {
        place = { project: await mkdtemp(path.join(tmpdir(), "journal-")), stack: "dev" };
        time = 1_000;
    });
    afterEach(() => rm(place.project, { recursive: true }));

    async function write(texts: readonly RecordBody[] = bodies, id = ID): Promise<string> {
        const journal = await openJournal(place, id, clock);
        for (const body of texts) await journal.append(body);
        await journal.close();
        return journal.file;
    }

    const read = async () => (await readJournal(place, ID)).records;

    it("returns the appended records in order, with a number and a time", async () => {
        const file = await write();
        assert.equal(path.relative(place.project, file), `.canary/dev/${ID}.jsonl`);
        const expected = bodies.map((body, index) => ({
            ...body,
            seq: index + 1,
            at: 1_000 + index,
        }));
        assert.deepEqual(await read(), expected);
    });

    it("has one JSON object per line", async () => {
        const lines = (await readFile(await write(), "utf8")).trimEnd().split("\n");
        assert.equal(lines.length, bodies.length);
        assert.deepEqual(
            lines.map((line) => JSON.parse(line).body),
            bodies,
        );
    });

    it("continues where it ended", async () => {
        await write(bodies.slice(0, 2));
        await write(bodies.slice(2));
        assert.deepEqual(
            (await read()).map(({ seq }) => seq),
            [1, 2, 3, 4],
        );
    });

    it("does not keep appended records in memory", async () => {
        const journal = await openJournal(place, ID, clock);
        const before = journal.records.length;
        const { seq } = await journal.append({ type: "note", text: "another" });
        assert.equal(journal.records.length, before);
        assert.equal((await journal.append({ type: "note", text: "and one" })).seq, seq + 1);
        await journal.close();
    });

    it("keeps the order of concurrent appends", async () => {
        const journal = await openJournal(place, ID, clock);
        await Promise.all(bodies.map((body) => journal.append(body)));
        await journal.close();
        assert.deepEqual(
            (await read()).map(({ type }) => type),
            bodies.map(({ type }) => type),
        );
    });

    it("keeps all complete records if it is cut at any byte, and continues after them", async () => {
        const file = await write();
        const whole = await readFile(file);
        const records = await read();
        await fc.assert(
            fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
                await writeFile(file, whole);
                await truncate(file, cut);
                const kept = whole.subarray(0, cut).toString("latin1").split("\n").length - 1;
                const torn = cut > 0 && whole[cut - 1] !== 0x0a;
                const found = await readJournal(place, ID);
                assert.deepEqual(found.records, records.slice(0, kept));
                assert.equal(found.torn !== undefined, torn);
                await write([{ type: "resumed", found: "a cut" }]);
                assert.deepEqual(
                    (await read()).slice(kept).map(({ type }) => type),
                    torn && kept > 0 ? ["note", "resumed"] : ["resumed"],
                );
            }),
        );
    });

    for (const [name, cut] of [
        ["was not written", 0],
        ["is incomplete", 40],
    ] as const) {
        it(`is not a rollout while its first record ${name}`, async () => {
            await write([started()], "web-20261121T131100Z");
            await truncate(await write(), cut);
            const last = await openLastRollout(place, clock);
            await last?.journal.close();
            assert.equal(last?.id, "web-20261121T131100Z");
            // The next rollout of the same second uses the same file.
            await write([started()]);
            assert.deepEqual(
                (await read()).map(({ type }) => type),
                ["started"],
            );
        });
    }

    it("detects any changed byte before the last line, and names the line", async () => {
        const file = await write();
        const whole = await readFile(file);
        const lastLine = whole.lastIndexOf("\n", whole.length - 2) + 1;
        await fc.assert(
            fc.asyncProperty(
                fc.integer({ min: 0, max: lastLine - 1 }),
                fc.integer({ min: 1, max: 255 }),
                async (place_, change) => {
                    const changed = Buffer.from(whole);
                    changed[place_] = (changed[place_] ?? 0) ^ change;
                    await writeFile(file, changed);
                    const line = whole.subarray(0, place_).toString("latin1").split("\n").length;
                    await assert.rejects(read(), (error: Error) => {
                        assert.equal(error.name, "JournalDamaged");
                        assert.match(error.message, new RegExp(`${ID}.jsonl, line ${line}: `));
                        return true;
                    });
                },
            ),
        );
    });

    it("drops a last line with a wrong checksum, and records a note", async () => {
        const file = await write();
        await appendFile(file, '{"seq":5,"at":1,"body":{"type":"note"}}\n');
        const { records, torn } = await readJournal(place, ID);
        assert.equal(records.length, 4);
        assert.match(torn ?? "", /line 5, .*\), which is incomplete/);
        await write([]);
        assert.match(JSON.stringify((await read()).at(-1)), /which is incomplete/);
    });

    it("detects a removed line", async () => {
        const file = await write();
        const lines = (await readFile(file, "utf8")).split("\n");
        await writeFile(file, [lines[0], ...lines.slice(2)].join("\n"));
        await assert.rejects(read(), /line 2: the checksum/);
    });

    it("removes an incomplete line before it appends", async () => {
        const file = await write();
        const { size } = await stat(file);
        await appendFile(file, "x".repeat(10_000));
        await write([]);
        assert.ok((await stat(file)).size < size + 1_000);
    });

    it("is listed by its start time, whatever the app's name", async () => {
        assert.deepEqual(await listJournals(place), []);
        assert.equal(await latestJournal(place), undefined);
        for (const id of [
            "web-20261121T131200Z",
            "a-20261121T131300Z",
            "shop-web-20261101T000000Z",
        ]) {
            await write([], id);
        }
        assert.deepEqual(await listJournals(place), [
            "a-20261121T131300Z",
            "web-20261121T131200Z",
            "shop-web-20261101T000000Z",
        ]);
        assert.equal(await latestJournal(place), "a-20261121T131300Z");
    });

    it("stays in its folder, whatever the stack's name and the id", async () => {
        place = { ...place, stack: "org/shop/prod" };
        assert.equal(
            path.dirname(path.dirname(await write())),
            path.join(place.project, ".canary"),
        );
        await assert.rejects(
            write([], "../../escape"),
            /Expected a rollout id such as .*, got "..\/..\/escape"/,
        );
    });
});

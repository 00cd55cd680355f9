// The report's page in a real browser: what a person, a screen reader and a printer get of it.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { AxeResults } from "axe-core";
import type { Browser, Page, SerializedAXNode } from "puppeteer-core";
import { summarise } from "../../../canary/analysis/report/summarise";
import { page as pageOf } from "../../../canary/report/page/page";
import {
    promotedJournal,
    rolledBackJournal,
    type Simulated,
    simulatedJournal,
} from "../../fixtures/analysis/simulatedJournal";
import { openFile, startChromium } from "../harness/callers/browser";

const LONG = `${"x".repeat(300)} <img src=https://evil.example/a.png onerror=alert(1)> {a|b}`;
const hostile: Simulated = {
    samples: 5,
    started: { app: LONG, images: { v1: LONG, v2: LONG }, stack: LONG },
    besides: {
        1: [{ type: "note", text: LONG }],
        3: [{ type: "control", control: "pause", by: LONG }],
    },
};
const journals = {
    promoted: promotedJournal(),
    "rolled-back": rolledBackJournal(),
    hostile: simulatedJournal(hostile),
};

describe("a rollout's report in Chromium", () => {
    let browser: Browser;
    let folder: string;

    before(async () => {
        browser = await startChromium();
        folder = await mkdtemp(path.join(tmpdir(), "canary-page-"));
        for (const [name, records] of Object.entries(journals)) {
            await writeFile(path.join(folder, `${name}.html`), pageOf(summarise(records)));
        }
    });

    after(async () => {
        await browser?.close();
        if (folder !== undefined) await rm(folder, { recursive: true });
    });

    const open = (name: string, width = 1280, scheme: "light" | "dark" = "light") =>
        openFile(browser, pathToFileURL(path.join(folder, `${name}.html`)).href, { width, scheme });

    for (const name of Object.keys(journals)) {
        describe(name, () => {
            it("asks for nothing and complains of nothing", async () => {
                const { page, said, asked } = await open(name);
                assert.deepEqual(said, []);
                assert.deepEqual(asked, []);
                await page.close();
            });

            for (const width of [390, 768, 1280]) {
                it(`is not wider than a screen of ${width} pixels`, async () => {
                    const { page } = await open(name, width);
                    await openDetails(page);
                    assert.equal(
                        await page.evaluate("document.documentElement.scrollWidth"),
                        width,
                    );
                    await page.close();
                });
            }

            it("has text of at least 11 pixels in its drawings on a phone", async () => {
                const { page } = await open(name, 390);
                const sizes = (await page.evaluate(
                    `[...document.querySelectorAll("svg")].map((one) => 12 * one.getBoundingClientRect().width / one.viewBox.baseVal.width)`,
                )) as number[];
                assert.ok(sizes.length > 0);
                for (const size of sizes) assert.ok(size >= 11, `${size} pixels`);
                await page.close();
            });

            it("hides no cell of a table beside the screen of a phone", async () => {
                const { page } = await open(name, 390);
                const hidden = await page.evaluate(
                    `[...document.querySelectorAll("section > .scroll td")].filter((one) => one.getBoundingClientRect().right > 390).length`,
                );
                assert.equal(hidden, 0);
                await page.close();
            });

            it("has no labels that cover each other in its drawings", async () => {
                const { page } = await open(name, 390);
                const covered = await page.evaluate(COVERED_LABELS);
                assert.deepEqual(covered, []);
                await page.close();
            });

            for (const scheme of ["light", "dark"] as const) {
                it(`has nothing that axe finds wrong, ${scheme}`, async () => {
                    const { page } = await open(name, 1280, scheme);
                    await openDetails(page);
                    assert.deepEqual(await violations(page), []);
                    await page.close();
                });
            }

            it("prints on at most six pages", async () => {
                const { page } = await open(name);
                const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true })).toString(
                    "latin1",
                );
                const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
                assert.ok(pages >= 1 && pages <= 6, `${pages} pages`);
                await page.close();
            });
        });
    }

    it("is dark where that is preferred, drawings too", async () => {
        const colours = async (scheme: "light" | "dark") => {
            const { page } = await open("promoted", 1280, scheme);
            const found = await page.evaluate(
                `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("svg path[stroke='var(--canary)']")).stroke]`,
            );
            await page.close();
            return found;
        };
        assert.deepEqual(await colours("light"), ["rgb(255, 255, 255)", "rgb(168, 67, 0)"]);
        assert.deepEqual(await colours("dark"), ["rgb(20, 24, 28)", "rgb(255, 160, 87)"]);
    });

    it("tells a screen reader the outcome, the sections, the charts and the tables", async () => {
        const { page } = await open("rolled-back");
        const all = flat(await page.accessibility.snapshot({ interestingOnly: false }));
        const named = (role: string) => all.filter((node) => node.role === role);
        assert.deepEqual(
            named("heading")
                .filter(({ level }) => level !== 3)
                .map(({ level, name }) => `${level} ${name}`),
            [
                "1 Rolled back: demo/web v2",
                "2 Weights",
                "2 Gates",
                "2 Over time",
                "2 Latency",
                "2 Rollback",
                "2 Decisions",
                "2 Other events",
                "2 Policies and config",
            ],
        );
        const images = named("image");
        assert.equal(images.length, 6);
        for (const { name = "" } of images) {
            assert.match(name, /^[A-Z].{15,} .*\d/, "title and description, with numbers");
        }
        assert.equal(named("table").length, 6);
        assert.ok(named("columnheader").length >= 20);
        assert.ok(named("rowheader").length >= 15);
        await page.close();
    });
});

/** Pairs of labels of one drawing that share an area. */
const COVERED_LABELS = `[...document.querySelectorAll("svg")].flatMap((drawing) => {
    const boxes = [...drawing.querySelectorAll("text")]
        .filter((one) => one.textContent.trim() !== "")
        .map((one) => [one.textContent, one.getBoundingClientRect()]);
    return boxes.flatMap(([a, one], index) => boxes.slice(index + 1).flatMap(([b, other]) =>
        one.left < other.right && other.left < one.right && one.top < other.bottom - 2 && other.top < one.bottom - 2
            ? [a + " / " + b] : []));
})`;

/** What is folded is seen by somebody too. */
async function openDetails(page: Page): Promise<void> {
    await page.evaluate(`for (const one of document.querySelectorAll("details")) one.open = true;`);
}

/** The page forbids scripts; axe is let in as an extension would be. */
async function violations(page: Page): Promise<string[]> {
    await page.evaluate(await readFile(require.resolve("axe-core/axe.min.js"), "utf8"));
    const results = (await page.evaluate("axe.run()")) as AxeResults;
    assert.ok(results.passes.length > 20, `${results.passes.length} rules passed`);
    return results.violations.map(
        ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
    );
}

function flat(node: SerializedAXNode | null): SerializedAXNode[] {
    return node === null ? [] : [node, ...(node.children ?? []).flatMap(flat)];
}

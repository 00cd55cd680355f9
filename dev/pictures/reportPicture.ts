// Draws docs/driver/report.webp: the page of a simulated rollout on a wide screen, and beside it on a phone.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "puppeteer-core";
import { summarise } from "../../canary/analysis/report/summarise";
import { page as pageOf } from "../../canary/report/page/page";
import { rolledBackJournal } from "../../tests/fixtures/analysis/simulatedJournal";
import { openFile, startChromium } from "../../tests/mesh/harness/callers/browser";
import { CHECKOUT } from "../checkout";

const HEIGHT = 1_800;
const WIDTHS = [1_120, 390] as const;
const GAP = 20;
const PICTURE = path.join(CHECKOUT, "docs/driver/report.webp");

const LINKS = [
    { name: "commit 4f2c9a1be0d3", url: "https://git.example/web/commit/4f2c9a1be0d3" },
    { name: "pull request 12", url: "https://git.example/web/pull/12" },
    { name: "run 77", url: "https://git.example/web/runs/77" },
    { name: "dashboard", url: "https://grafana.example/d/web" },
];

async function main(): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), "canary-picture-"));
    const browser = await startChromium();
    try {
        const report = path.join(folder, "report.html");
        const records = rolledBackJournal({ started: { links: LINKS } });
        await writeFile(report, pageOf(summarise(records)));
        const images: string[] = [];
        for (const width of WIDTHS) images.push(await shoot(browser, report, width));
        await writeFile(path.join(folder, "both.html"), sideBySide(images));
        const width = WIDTHS.reduce((sum, one) => sum + one + GAP, GAP);
        const url = pathToFileURL(path.join(folder, "both.html")).href;
        const { page } = await openFile(browser, url, { width });
        await page.screenshot({
            ...{ path: PICTURE, type: "webp", quality: 80 },
            clip: { x: 0, y: 0, width, height: HEIGHT + 2 * GAP },
        });
    } finally {
        await browser.close();
        await rm(folder, { recursive: true });
    }
}

/** @returns the top of the page as a data URL. */
async function shoot(browser: Browser, file: string, width: number): Promise<string> {
    const { page } = await openFile(browser, pathToFileURL(file).href, { width });
    const clip = { x: 0, y: 0, width, height: HEIGHT };
    const image = await page.screenshot({ type: "png", encoding: "base64", clip });
    await page.close();
    return `data:image/png;base64,${image}`;
}

function sideBySide(images: readonly string[]): string {
    const all = images.map((image) => `<img src="${image}">`).join("");
    return `<body style="margin:0;padding:${GAP}px;display:flex;gap:${GAP}px;background:#888">${all}`;
}

void main();

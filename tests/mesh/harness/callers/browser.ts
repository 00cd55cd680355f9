// Headless Chromium, without network access.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { cacheRoot } from "../../../../dev/sandbox/toolchain";
import { MissingPrerequisites } from "../../../../dev/sandbox/toolchain/buildPrerequisites";
import { streamProgress } from "../../../../dev/sandbox/toolchain/buildProgress";
import { installDebianPackages } from "../../../../dev/sandbox/toolchain/debian";

const CHROMIUM = "/usr/bin/chromium";

/** An open page with its console messages and blocked requests. */
export interface Opened {
    readonly page: Page;
    /** Console messages and uncaught errors. */
    readonly said: string[];
    /** URLs that the page requested, except its own. All of them are blocked. */
    readonly asked: string[];
}

/** Starts Chromium. Installs it first if it is missing, which requires root and apt-get. */
export async function startChromium(): Promise<Browser> {
    if (!existsSync(CHROMIUM)) await install();
    return puppeteer.launch({
        executablePath: CHROMIUM,
        headless: true,
        // Chromium's own sandbox is not available to root in a container. The tests only open local files.
        args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
}

async function install(): Promise<void> {
    if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
        const fix = "apt-get install chromium";
        throw new MissingPrerequisites([{ what: "chromium", why: "renders the reports", fix }]);
    }
    const log = path.join(cacheRoot(), "toolchain", "chromium.log");
    await mkdir(path.dirname(log), { recursive: true });
    await installDebianPackages(["chromium"], log, streamProgress());
}

/** Opens a file. Blocks and records all its other requests. */
export async function openFile(
    browser: Browser,
    url: string,
    appearance: { readonly width: number; readonly scheme?: "light" | "dark" },
): Promise<Opened> {
    const page = await browser.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.setRequestInterception(true);
    page.on("request", (request) => {
        const own = request.url() === url || request.url().startsWith("data:");
        if (!own) asked.push(request.url());
        void (own ? request.continue() : request.abort());
    });
    await page.setViewport({ width: appearance.width, height: 900 });
    const scheme = { name: "prefers-color-scheme", value: appearance.scheme ?? "light" };
    await page.emulateMediaFeatures([scheme]);
    await page.goto(url);
    return { page, said, asked };
}

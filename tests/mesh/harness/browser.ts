// A real Chromium, without a screen and without a network.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { cacheRoot } from "../../../dev/sandbox/toolchain";
import { installDebianPackages } from "../../../dev/sandbox/toolchain/debian";
import { MissingPrerequisites } from "../../../dev/sandbox/toolchain/prerequisites";
import { streamProgress } from "../../../dev/sandbox/toolchain/progress";

const CHROMIUM = "/usr/bin/chromium";

/** A page, what it has said, and what it asked for beside itself. */
export interface Opened {
    readonly page: Page;
    /** Console messages and uncaught errors. */
    readonly said: string[];
    /** Addresses that it asked for, other than its own; none of them was fetched. */
    readonly asked: string[];
}

/** Installed where it is missing, for root, as the node's own packages are. */
export async function startChromium(): Promise<Browser> {
    if (!existsSync(CHROMIUM)) await install();
    return puppeteer.launch({
        executablePath: CHROMIUM,
        headless: true,
        // Root, in a container: there is no sandbox of Chromium's to be had. It is shown nothing but our own files.
        args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });
}

async function install(): Promise<void> {
    if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
        const fix = "apt-get install chromium";
        throw new MissingPrerequisites([
            { what: "chromium", why: "reports are looked at in it", fix },
        ]);
    }
    const log = path.join(cacheRoot(), "toolchain", "chromium.log");
    await mkdir(path.dirname(log), { recursive: true });
    await installDebianPackages(["chromium"], log, streamProgress());
}

/** Opens a file; whatever else it asks for is refused and written down. */
export async function openFile(
    browser: Browser,
    url: string,
    look: { readonly width: number; readonly scheme?: "light" | "dark" },
): Promise<Opened> {
    const page = await browser.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.setRequestInterception(true);
    page.on("request", (request) => {
        const own = request.url() === url || request.url() === "data:,";
        if (!own) asked.push(request.url());
        void (own ? request.continue() : request.abort());
    });
    await page.setViewport({ width: look.width, height: 900 });
    const scheme = { name: "prefers-color-scheme", value: look.scheme ?? "light" };
    await page.emulateMediaFeatures([scheme]);
    await page.goto(url);
    return { page, said, asked };
}

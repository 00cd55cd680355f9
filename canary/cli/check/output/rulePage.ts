// Pages of the rules, which the package contains.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pageOf, type Rule } from "../../../../rollout/rules";
import { version } from "../../toolVersion";

/** The folder of `docs` in a checkout and in dist/. */
const ROOT = path.join(__dirname, "..", "..", "..", "..");

export function readPage(rule: Rule): string {
    return readFileSync(path.join(ROOT, pageOf(rule)), "utf8");
}

/** The page in the published package, for readers who have not installed it. */
export function pageUrl(rule: Rule): string {
    return `https://unpkg.com/istio-canary-cli@${version()}/dist/${pageOf(rule)}`;
}

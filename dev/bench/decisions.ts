// How soon do our rules, Flagger's and Argo's roll back, and how often wrongly? Simulated: Poisson traffic, fixed seeds.
// npm run bench:decisions [-- --short]   no cluster; minutes on one core, with --short seconds. Exit code 1 if a bound is broken.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { runnerOf } from "./decisions/cells";
import { BOUND, falseRollbacks } from "./decisions/falseRollbacks";
import { fixedLadder } from "./decisions/fixedLadder";
import { clusters, late } from "./decisions/hardCases";
import { latency } from "./decisions/latency";
import { percent } from "./decisions/text";
import { faults, healthy } from "./decisions/wholeDecision";

/** Of the repetitions. */
export const SHORT = 0.004;

const PREFACE = `Simulated rollouts. R: requests per second to both versions; p0, p1: failure shares of stable and canary.
Ours looks at scrapes of 15 s (or 5 s), and its steps take effect 5 s later; the other rules' take effect at once, and their
metrics have no lag. Failed: failed requests that the canary answered. In parentheses: the figures of the simulation that the
procedure was chosen by, another program's.`;

export interface Report {
    readonly text: string;
    /** Bounds that do not hold, each in a sentence. */
    readonly broken: readonly string[];
}

/** @param say called with each table as soon as it is there */
export function decisions(part: number, say: (text: string) => void): Report {
    const run = runnerOf(part);
    const parts: string[] = [];
    const add = (title: string, lines: readonly string[]) => {
        const text = [title, "", ...lines, "", ""].join("\n");
        parts.push(text);
        say(text);
    };
    add("Rules of releasing a canary, simulated", PREFACE.split("\n"));
    add(
        "1. One ladder for all: 10, 25, 50 % for 5 min each, R = 50. Median seconds / failed requests until rollback",
        fixedLadder(run),
    );
    add(
        "2. Our whole decision, a probe and 10, 25, 50, 100 %, and Flagger's. Median seconds until rollback / failed requests of all rollouts in 30 min",
        faults(run),
    );
    add(
        "3. The same with healthy canaries: seconds to weight 100, median (95th percentile)",
        healthy(run),
    );
    const { lines, broken } = falseRollbacks(run);
    add(
        `4. False rollbacks of our whole decision: before weight 100 + in the bake at 100 %. Bound ${percent(BOUND)} for both together`,
        lines,
    );
    add(
        "5. Latency: one ladder, stable log-normal with median 60 ms, σ 0.7. Median seconds / canary requests until rollback",
        latency(run),
    );
    add(
        "6. A fault that begins anywhere in the first 15 min, R = 50, p0 = 0.1 %. Failed requests in 30 min",
        late(run),
    );
    add("7. Failures in clusters of five, R = 50, p0 = p1 = 1 %, one ladder", clusters(run));
    if (broken.length > 0) add(`Above the bound of ${percent(BOUND)} false rollbacks`, broken);
    return { text: parts.join(""), broken };
}

async function main(args: readonly string[]): Promise<void> {
    const short = args.includes("--short");
    const { text, broken } = decisions(short ? SHORT : 1, (part) => process.stdout.write(part));
    if (broken.length > 0) process.exitCode = 1;
    if (!short) await writeFile(path.join(__dirname, "results", "decisions.txt"), text);
}

if (require.main === module) void main(process.argv.slice(2));

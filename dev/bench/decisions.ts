// How soon, and how often wrongly, do our rules, Flagger's and Argo's roll back? Simulated: Poisson traffic, fixed seeds.
// npm run bench:decisions [-- --short]   no cluster; minutes on one core, seconds with --short. Exit code 1 if a limit is exceeded.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { runnerOf } from "./decisions/cells";
import { percent } from "./decisions/decisionText";
import { BOUND, falseRollbacks } from "./decisions/falseRollbacks";
import { fixedLadder } from "./decisions/fixedLadder";
import { clusters, late } from "./decisions/hardCases";
import { latency } from "./decisions/latencyCells";
import { faults, healthy } from "./decisions/wholeDecision";

/** Fraction of the repetitions in the short form. */
export const SHORT = 0.004;

const PREFACE = `Simulated rollouts. R: requests per second to both versions; p0, p1: failure shares of stable and canary.
Ours evaluates scrapes of 15 s (or 5 s), and its steps take effect 5 s later. The other rules' steps take effect at once, and
their metrics have no lag. Failed: failed requests to the canary. In parentheses: figures of the other program's simulation by
which the procedure was chosen.`;

export interface Report {
    readonly text: string;
    /** Exceeded limits, one sentence each. */
    readonly broken: readonly string[];
}

/** @param say receives each table as soon as it is complete */
export function decisions(part: number, say: (text: string) => void): Report {
    const run = runnerOf(part);
    const parts: string[] = [];
    const add = (title: string, lines: readonly string[]) => {
        const text = [title, "", ...lines, "", ""].join("\n");
        parts.push(text);
        say(text);
    };
    add("Decision rules of canary releases, simulated", PREFACE.split("\n"));
    add(
        "1. All rules on one ladder: 10, 25, 50 % for 5 min each, R = 50. Median seconds / failed requests until rollback",
        fixedLadder(run),
    );
    add(
        "2. Our complete decision (a probe and 10, 25, 50, 100 %) and Flagger's. Median seconds until rollback / failed requests of all rollouts in 30 min",
        faults(run),
    );
    add(
        "3. As table 2, with healthy canaries: seconds to the bake (weight 95 or 100), median (95th percentile)",
        healthy(run),
    );
    const { lines, broken } = falseRollbacks(run);
    add(
        `4. False rollbacks of our complete decision: before the bake + in it. Limit: ${percent(BOUND)} for both together`,
        lines,
    );
    add(
        "5. Latency: same ladder, stable log-normal with median 60 ms, σ 0.7. Median seconds / canary requests until rollback",
        latency(run),
    );
    add(
        "6. A fault that starts at a random time in the first 15 min, R = 50, p0 = 0.1 %. Failed requests in 30 min",
        late(run),
    );
    add("7. Failures in clusters of five, R = 50, p0 = p1 = 1 %, same ladder", clusters(run));
    if (broken.length > 0) add(`Above the limit of ${percent(BOUND)} false rollbacks`, broken);
    return { text: parts.join(""), broken };
}

async function main(args: readonly string[]): Promise<void> {
    const short = args.includes("--short");
    const { text, broken } = decisions(short ? SHORT : 1, (part) => process.stdout.write(part));
    if (broken.length > 0) process.exitCode = 1;
    if (!short) await writeFile(path.join(__dirname, "results", "decisions.txt"), text);
}

if (require.main === module) void main(process.argv.slice(2));

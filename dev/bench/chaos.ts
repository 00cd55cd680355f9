// Does the driver keep its promises whatever goes wrong, and whenever? The real driver in simulated worlds, each of which follows from a seed.
// npm run bench:chaos [-- --short | --seeds N | --seed K]   no cluster; --seed replays one world with its trace. Exit code 1 if an invariant is broken.
import { type ChildProcess, fork } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import { BUGS, type Bug } from "./chaos/scenario";
import { simulate } from "./chaos/simulate";
import { add, brokenText, EMPTY, type Summary, summaryText } from "./chaos/summary";

const SEEDS = { short: 1_000, full: 100_000 };
/** Seeds that a process simulates before it reports. */
const CHUNK = 20;

interface Chunk {
    readonly from: number;
    readonly to: number;
}

/** Simulates seeds in this process. */
export async function simulateSeeds({ from, to }: Chunk, bug?: Bug): Promise<Summary> {
    let summary = EMPTY;
    for (let seed = from; seed < to; seed++) summary = add(summary, await simulate(seed, { bug }));
    return summary;
}

/** Simulates seeds in as many processes as there are processors. */
async function simulateAll({ from, to }: Chunk, bug: Bug | undefined): Promise<Summary> {
    let summary = EMPTY;
    let next = from;
    const work = (child: ChildProcess) =>
        new Promise<void>((resolve, reject) => {
            const send = () => {
                if (next >= to) {
                    child.disconnect();
                    resolve();
                    return;
                }
                const chunk = { from: next, to: Math.min(to, next + CHUNK), bug };
                next = chunk.to;
                child.send(chunk);
            };
            child.on("message", (done: Summary) => {
                summary = add(summary, done);
                for (const one of done.broken) process.stderr.write(`${brokenText(one)}\n`);
                if (summary.seeds % 5_000 < CHUNK) process.stderr.write(`${summary.seeds} seeds\n`);
                send();
            });
            child.on("error", reject);
            child.on("exit", (code) => {
                if (code !== 0) reject(new Error(`A process ended with ${code}.`));
            });
            send();
        });
    const count = Math.min(availableParallelism(), Math.ceil((to - from) / CHUNK));
    await Promise.all(Array.from({ length: count }, () => work(fork(__filename))));
    return summary;
}

async function replay(seed: number, bug: Bug | undefined): Promise<void> {
    const { trace, violations, outcome, weights } = await simulate(seed, { bug, isTraced: true });
    const lines = [...trace, `${outcome}; weights ${weights.join(", ")}`, ...violations];
    process.stdout.write(`${lines.join("\n")}\n`);
    if (violations.length > 0) process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
    const option = (name: string) => {
        const index = args.indexOf(name);
        return index === -1 ? undefined : args[index + 1];
    };
    const bug = option("--bug") as Bug | undefined;
    if (bug !== undefined && !(bug in BUGS)) {
        throw new Error(`--bug: expected one of ${Object.keys(BUGS).join(", ")}, got ${bug}.`);
    }
    const seed = option("--seed");
    if (seed !== undefined) return replay(Number(seed), bug);
    const isShort = args.includes("--short");
    const seeds = Number(option("--seeds") ?? (isShort ? SEEDS.short : SEEDS.full));
    const from = Number(option("--from") ?? 1);
    const began = performance.now();
    const summary = await simulateAll({ from, to: from + seeds }, bug);
    const text = summaryText(summary, (performance.now() - began) / 1_000);
    process.stdout.write(text);
    const [first] = summary.broken;
    if (first !== undefined) {
        process.exitCode = 1;
        process.stdout.write(`\nThe trace of seed ${first.seed}:\n`);
        await replay(first.seed, bug);
    } else if (seeds >= SEEDS.full && bug === undefined) {
        await writeFile(path.join(__dirname, "results", "chaos.txt"), text);
    }
}

if (process.send !== undefined) {
    process.on("message", (chunk: Chunk & { bug?: Bug }) => {
        void simulateSeeds(chunk, chunk.bug).then((summary) => process.send?.(summary));
    });
} else if (require.main === module) void main(process.argv.slice(2));

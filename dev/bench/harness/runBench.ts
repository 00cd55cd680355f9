// Shared by all benchmarks: parses the command line, always cleans up, and sets the exit code.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { RESULTS, type Results, writeResults } from "./results";

export interface Bench {
    /** The short form for CI: one round, seconds. Only shows that the benchmark and its checks run. */
    readonly short: boolean;
    /** Number of rounds from the command line; undefined without one. */
    readonly rounds: number | undefined;
    /** The benchmark's own options, unparsed. */
    readonly options: Readonly<Record<string, string | undefined>>;
    /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
    readonly signal: AbortSignal;
    /** Registers a cleanup. Cleanups run at the end, in reverse order, even after a failure. */
    readonly onEnd: (what: string, run: () => Promise<unknown>) => void;
    readonly say: (line: string) => void;
    /** Prints the tables and writes the results to `place` (default: dev/bench/results), or to a temporary folder with --short. */
    readonly write: (results: Results, place?: string) => Promise<void>;
}

/** How long an interrupted benchmark may finish its current work. */
const GRACE_MS = 30_000;

/**
 * Runs a benchmark and exits the process: 0 success, 1 a check failed, 2 error, 130 interrupted.
 * @param body returns the failed checks, one sentence each.
 * @param options names of the benchmark's own options, each with a value: `--NAME VALUE`.
 */
export function runBench(
    name: string,
    body: (bench: Bench) => Promise<readonly string[]>,
    options: readonly string[] = [],
): void {
    const given = process.argv.slice(2);
    const interrupted = new AbortController();
    const cleanups: { what: string; run: () => Promise<unknown> }[] = [];
    const say = (line: string) => console.log(line);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
            if (interrupted.signal.aborted) return;
            console.error("Interrupted: removing what the benchmark started.");
            interrupted.abort(new Error("interrupted"));
        });
    }
    const run = async () => {
        const { short, rounds, options: own } = benchArguments(given, options);
        const command = ["npm run", `bench:${name}`, ...(given.length ? ["--", ...given] : [])];
        const write = async (results: Results, place = RESULTS) => {
            const folder = short ? await mkdtemp(path.join(tmpdir(), `bench-${name}-`)) : place;
            try {
                say(await writeResults(results, command.join(" "), folder));
            } finally {
                if (short) await rm(folder, { recursive: true });
            }
        };
        const onEnd: Bench["onEnd"] = (what, end) => cleanups.push({ what, run: end });
        return body({ short, rounds, options: own, signal: interrupted.signal, onEnd, say, write });
    };
    const running = run();
    // Lets running work finish before the cleanups remove what it uses.
    const ended = running.catch(() => {});
    const aborted = new Promise<never>((_, reject) => {
        interrupted.signal.addEventListener("abort", async () => {
            await Promise.race([ended, sleep(GRACE_MS)]);
            reject(interrupted.signal.reason);
        });
    });
    Promise.race([running, aborted])
        .then(
            (broken) => {
                for (const one of broken) console.error(`Check failed: ${one}`);
                return broken.length > 0 ? 1 : 0;
            },
            (error: unknown) => {
                if (interrupted.signal.aborted) return 130;
                console.error(error instanceof Error ? error.message : error);
                return 2;
            },
        )
        .then(async (code) => {
            for (const { what, run: end } of cleanups.reverse()) {
                await end().catch((error: Error) => console.error(`${what}: ${error.message}`));
            }
            process.exit(code);
        });
}

/** Parses `[ROUNDS] [--short]` and the benchmark's own options. @throws Error for anything else. */
export function benchArguments(
    args: readonly string[],
    own: readonly string[] = [],
): Pick<Bench, "short" | "rounds" | "options"> {
    const options: ParseArgsConfig["options"] = { short: { type: "boolean", default: false } };
    for (const name of own) options[name] = { type: "string" };
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [text, ...others] = positionals;
    const rounds = text === undefined ? undefined : Number(text);
    if (others.length > 0 || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
        throw new Error(
            `Expected [ROUNDS] [--short] with a whole number of ROUNDS above 0, got ${args.join(" ")}.`,
        );
    }
    const given = own.map((name) => [name, values[name]] as const);
    return {
        short: values.short === true,
        rounds,
        options: Object.fromEntries(
            given.map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
        ),
    };
}

// Many drivers that ask one Prometheus, at the pace at which they look: what a look costs it, and what it costs the driver.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ExecaChildProcess, execa } from "execa";
import { stringify } from "yaml";
import { checkDriverConfig } from "../../../canary/analysis/config/driverConfig";
import { prometheusMetrics } from "../../../canary/driver/prometheus/prometheus";
import { systemClock } from "../../../canary/driver/systemClock";
import { CHECKOUT } from "../../checkout";
import { ensureToolchain } from "../../sandbox/toolchain";
import { processOf } from "../harness/processTree";
import type { Bench } from "../harness/runBench";
import { seriesPerApp } from "./exporter";

export interface DriversRun {
    readonly drivers: number;
    readonly round: number;
    readonly looks: number;
    /** Of them; 0 unless the machine is too small. */
    readonly unanswered: number;
    /** Milliseconds from question to answer, of all looks: half, and 99 of 100, took no longer. */
    readonly p50: number;
    readonly p99: number;
    readonly queriesPerLook: number;
    readonly bytesPerLook: number;
    /** Prometheus' processor time beyond that of its scrapes. */
    readonly prometheusCpuMsPerLook: number;
    readonly prometheusMB: number;
    /** Of this process, in which all drivers run: reading the answers. */
    readonly driverCpuMsPerLook: number;
}

const PARTS = 10;
/** A driver looks once per scrape. */
const SCRAPE_MS = 5_000;
/** What a driver's window spans at least, see canary/driver/loop/sample.ts. */
const SECONDS = 65;
const ENOUGH = 20;

/** @param apps how many the Prometheus knows, whoever asks. @param counts numbers of drivers, in turns. */
export async function driversRuns(
    apps: number,
    counts: readonly number[],
    {
        rounds,
        measureSeconds,
        fillSeconds,
    }: { rounds: number; measureSeconds: number; fillSeconds: number },
    { signal, onEnd, say }: Pick<Bench, "signal" | "onEnd" | "say">,
): Promise<{
    readonly runs: DriversRun[];
    readonly series: number;
    readonly idleCpuShare: number[];
}> {
    const prometheus = await startPrometheus(apps, signal, onEnd);
    say(
        `A Prometheus that scrapes ${apps * seriesPerApp()} series of ${apps} apps; filling its window.`,
    );
    await sleep(fillSeconds * 1_000, undefined, { signal });
    const runs: DriversRun[] = [];
    const idleCpuShare: number[] = [];
    for (let round = 1; round <= rounds; round++) {
        // What scraping alone takes, now.
        const from = prometheus.cpuSeconds();
        await sleep(measureSeconds * 1_000, undefined, { signal });
        const idle = (prometheus.cpuSeconds() - from) / measureSeconds;
        idleCpuShare.push(Math.round(idle * 1_000) / 1_000);
        for (const drivers of round % 2 === 0 ? [...counts].reverse() : counts) {
            const run = await measure(prometheus, drivers, measureSeconds, idle, signal);
            runs.push({ drivers, round, ...run });
            say(`${drivers} drivers: ${JSON.stringify(run)}`);
        }
    }
    return { runs, series: apps * seriesPerApp(), idleCpuShare };
}

async function measure(
    prometheus: Prometheus,
    drivers: number,
    seconds: number,
    idle: number,
    signal: AbortSignal,
): Promise<Omit<DriversRun, "drivers" | "round">> {
    const before = await prometheus.served();
    const [cpu, own, began] = [prometheus.cpuSeconds(), process.cpuUsage(), performance.now()];
    const taken: number[] = [];
    // A few drivers look more often than they would, so that what they cost is not lost in what scraping costs.
    const pace = SCRAPE_MS * Math.min(1, drivers / ENOUGH);
    let unanswered = 0;
    const until = Date.now() + seconds * 1_000;
    const drive = async (index: number) => {
        const driver = driverOf(prometheus.url, index);
        // Their looks are spread, as sidecars' scrapes are.
        await sleep((index / drivers) * pace, undefined, { signal });
        while (Date.now() < until) {
            const started = performance.now();
            const fetched = await driver.fetch(SECONDS, signal);
            taken.push(performance.now() - started);
            if (!fetched.ok || fetched.window.requests.length === 0) unanswered++;
            const left = pace - (performance.now() - started);
            await sleep(Math.max(0, left), undefined, { signal });
        }
    };
    await Promise.all(Array.from({ length: drivers }, (_, index) => drive(index)));
    const elapsed = (performance.now() - began) / 1_000;
    const looks = taken.length;
    const used = process.cpuUsage(own);
    const after = await prometheus.served();
    taken.sort((a, b) => a - b);
    const at = (share: number) => rounded(taken[Math.ceil(share * looks) - 1] ?? Number.NaN);
    return {
        looks,
        unanswered,
        p50: at(0.5),
        p99: at(0.99),
        queriesPerLook: rounded((after.queries - before.queries) / looks),
        bytesPerLook: Math.round((after.bytes - before.bytes) / looks),
        prometheusCpuMsPerLook: rounded(
            (1_000 * (prometheus.cpuSeconds() - cpu - idle * elapsed)) / looks,
        ),
        prometheusMB: Math.round(prometheus.residentMB()),
        driverCpuMsPerLook: rounded((used.user + used.system) / 1_000 / looks),
    };
}

function driverOf(url: string, index: number) {
    const checked = checkDriverConfig({ prometheus: { url } });
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const { prometheus, analysis } = checked.config;
    const watched = {
        app: `app-${index}`,
        namespace: "shop",
        port: 80,
        stable: "v1",
        canary: "v2",
    } as const;
    return prometheusMetrics(prometheus, watched, analysis, systemClock);
}

interface Prometheus {
    readonly url: string;
    cpuSeconds(): number;
    residentMB(): number;
    /** Queries it has answered, and bytes of answers, by its own count. */
    served(): Promise<{ readonly queries: number; readonly bytes: number }>;
}

async function startPrometheus(
    apps: number,
    signal: AbortSignal,
    onEnd: Bench["onEnd"],
): Promise<Prometheus> {
    const { bin } = await ensureToolchain({ signal });
    const exporter = execa(
        process.execPath,
        ["--require", "tsx/cjs", path.join(__dirname, "exporter.ts"), `${apps}`, `${PARTS}`],
        { cwd: CHECKOUT, stdin: "ignore", reject: false },
    );
    onEnd("exporter", async () => {
        exporter.kill("SIGTERM");
        await exporter;
    });
    const exporterPort = await firstLine(exporter);
    const folder = await mkdtemp(path.join(tmpdir(), "bench-prometheus-"));
    onEnd("folder", () => rm(folder, { recursive: true }));
    const config = {
        global: { scrape_interval: "5s", scrape_timeout: "5s" },
        scrape_configs: Array.from({ length: PARTS }, (_, part) => ({
            job_name: `apps-${part}`,
            honor_labels: true,
            metrics_path: `/metrics/${part}`,
            static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }],
        })),
    };
    const configFile = path.join(folder, "prometheus.yaml");
    await writeFile(configFile, stringify(config));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = execa(
        bin("prometheus"),
        [
            `--config.file=${configFile}`,
            `--storage.tsdb.path=${path.join(folder, "data")}`,
            `--web.listen-address=127.0.0.1:${port}`,
            "--log.level=warn",
        ],
        { stdin: "ignore", reject: false },
    );
    onEnd("Prometheus", async () => {
        child.kill("SIGTERM", { forceKillAfterTimeout: 5_000 });
        await child;
    });
    await ready(url, signal);
    const used = () => {
        const found = processOf(child.pid ?? 0);
        if (found === undefined) throw new Error("Prometheus has ended.");
        return found;
    };
    return {
        url,
        cpuSeconds: () => used().cpuSeconds,
        residentMB: () => used().residentMB,
        served: async () => {
            const text = await (await fetch(`${url}/metrics`, { signal })).text();
            const of = (name: string) =>
                Number(
                    new RegExp(`^${name}\\{handler="/api/v1/query"[^}]*\\} (\\S+)`, "m").exec(
                        text,
                    )?.[1] ?? 0,
                );
            return {
                queries: of("prometheus_http_response_size_bytes_count"),
                bytes: of("prometheus_http_response_size_bytes_sum"),
            };
        },
    };
}

async function firstLine(child: ExecaChildProcess): Promise<string> {
    const [chunk] = await Promise.race([
        once(child.stdout ?? child, "data"),
        child.then(({ stderr }) => Promise.reject(new Error(`The exporter ended: ${stderr}`))),
    ]);
    return String(chunk).trim();
}

async function ready(url: string, signal: AbortSignal): Promise<void> {
    for (const deadline = Date.now() + 30_000; ; await sleep(100, undefined, { signal })) {
        const answer = await fetch(`${url}/-/ready`, { signal }).catch(() => undefined);
        if (answer?.ok) return;
        if (Date.now() > deadline) throw new Error("Prometheus was not ready within 30 s.");
    }
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
}

function rounded(value: number): number {
    return Math.round(value * 100) / 100;
}

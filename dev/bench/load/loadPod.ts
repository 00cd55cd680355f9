// A pod with a sidecar that sends load in steps and aggregates each, because a log line per request would limit the rate.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clientPod } from "../../sandbox/demo/clientPod";
import type { Target } from "../../sandbox/demo/target";

export interface Step {
    /** Configured requests per second. */
    readonly rate: number;
    readonly requests: number;
    /** Requests without a response or with a server error. */
    readonly failed: number;
    /** Requests that were due but not sent, because all senders were waiting. */
    readonly unsent: number;
    /** Milliseconds; undefined if nothing was sent. */
    readonly p50?: number;
    readonly p99?: number;
    readonly max?: number;
}

export interface FailedRequest {
    /** When the request was sent, milliseconds since the epoch. */
    readonly at: number;
    readonly status: number;
    readonly ms: number;
    readonly error: string;
}

export interface LoadOptions {
    readonly namespace: string;
    readonly url: string;
    readonly rates: readonly number[];
    /** Seconds per rate. */
    readonly seconds: number;
    /** Whether to stop at the first step that is not sustained. */
    readonly stop: boolean;
    /** Maximum 99th percentile of the response time, milliseconds. */
    readonly p99: number;
}

export interface Sent {
    readonly steps: readonly Step[];
    readonly failures: readonly FailedRequest[];
}

const POLL_MS = 500;

/** Starts the pod; it is sending when the promise resolves. */
export async function startLoad(
    target: Target,
    options: LoadOptions,
    signal: AbortSignal,
): Promise<void> {
    const script = await readFile(path.join(__dirname, "steps.js"), "utf8");
    await target.kubectl(["apply", "-f", "-"], {
        input: JSON.stringify({
            apiVersion: "v1",
            kind: "List",
            items: manifests(options, target.images.k6, script),
        }),
        signal,
    });
    await target.kubectl(
        ["wait", "-n", options.namespace, "pod/client", "--for=condition=Ready", "--timeout=120s"],
        { signal },
    );
}

/** Waits until the load ends, then removes the pod. */
export async function endOfLoad(
    target: Target,
    { namespace, rates, seconds }: LoadOptions,
    signal: AbortSignal,
): Promise<Sent> {
    const longest = (rates.length * (seconds + 1) + 60) * 1_000;
    for (const deadline = Date.now() + longest; ; ) {
        const { stdout } = await target.kubectl(
            ["logs", "-n", namespace, "client", "-c", "k6", "--tail=-1"],
            { signal, maxBuffer: 2 ** 28 },
        );
        const sent = sentIn(String(stdout));
        if (sent !== undefined) {
            await target.kubectl(["delete", "pod", "-n", namespace, "client", "--grace-period=1"]);
            return sent;
        }
        if (Date.now() > deadline)
            throw new Error(`The load did not end in time: ${stdout.slice(-500)}`);
        await sleep(POLL_MS, undefined, { signal });
    }
}

/** Parses k6's output; undefined until it has finished. */
export function sentIn(log: string): Sent | undefined {
    const lines = log.split("\n").filter((line) => line.startsWith("{"));
    const messages = lines.flatMap((line) => {
        try {
            return [JSON.parse(line)];
        } catch {
            return [];
        }
    });
    const steps = messages.find((one) => one.steps !== undefined)?.steps;
    if (steps === undefined) return undefined;
    return { steps, failures: messages.flatMap((one) => one.failed ?? []) };
}

function manifests(
    { namespace, url, rates, seconds, stop, p99 }: LoadOptions,
    image: string,
    script: string,
): object[] {
    return clientPod({
        namespace,
        image,
        script: { name: "steps.js", text: script },
        env: {
            URL: url,
            RATES: rates.join(","),
            SECONDS: String(seconds),
            STOP: String(stop),
            P99: String(p99),
        },
    });
}

/** The driver's Proxies: reads the counters of callers' and of the app's own proxies through the API server. */
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import type { Analysis } from "../../analysis/config/analysis";
import type { ProxyRead } from "../../analysis/counts/proxyCounts";
import type { RolloutMetrics } from "../../analysis/counts/queries";
import { errorMessage } from "../../analysis/text";
import { isApiError, type Kubernetes } from "../kubernetes/kubernetes";
import type { GetFromPod } from "../kubernetes/podProxy";
import type { Clock, Proxies } from "../ports";
import type { Caller } from "./callers";
import { receivedCounters, STATS_PORT, sentCounters, statsPath } from "./proxyStats";

/** The app's pods are listed again after this. */
const LIST_MS = 5_000;
/** Milliseconds of one read. */
const TIMEOUT_MS = 2_000;
/** Rounds without a single response from a namespace, after which the driver says so. */
const SILENT_ROUNDS = 5;

export interface ReadOptions {
    readonly rollout: RolloutMetrics;
    readonly settings: Pick<Analysis, "exclude" | "proxies">;
    readonly callers: () => readonly Caller[];
    readonly cluster: Pick<Kubernetes, "listPods">;
    readonly get: GetFromPod;
    readonly clock: Pick<Clock, "now">;
}

interface Target extends Caller {
    readonly side: ProxyRead["side"];
    /** Of an own pod. */
    readonly version?: Slot;
}

/** @returns undefined if the config says not to read proxies. */
export function readProxies(options: ReadOptions): Proxies | undefined {
    const { enabled } = options.settings.proxies;
    return enabled ? new PodProxies(options) : undefined;
}

class PodProxies implements Proxies {
    private own: readonly Target[] = [];
    private listedAt = Number.NEGATIVE_INFINITY;
    /** Namespaces in which the driver has no rights. */
    private readonly refused = new Set<string>();
    private readonly silent = new Map<string, number>();
    private isExplained = false;

    constructor(private readonly options: ReadOptions) {}

    async read(signal?: AbortSignal) {
        const { settings, rollout } = this.options;
        const problems: string[] = [];
        if (settings.exclude.length > 0) {
            if (!this.isExplained) problems.push(EXCLUDES);
            this.isExplained = true;
            return { reads: [], problems };
        }
        await this.list().catch((error) => this.fail(rollout.namespace, error, problems));
        const targets = this.targets();
        const reads: ProxyRead[] = [];
        const errors = new Map<string, unknown>();
        const answered = new Set<string>();
        const waiting = [...targets];
        const work = async () => {
            for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
                try {
                    reads.push(await this.readOne(next, signal));
                    answered.add(next.namespace);
                } catch (error) {
                    errors.set(next.namespace, error);
                }
            }
        };
        await Promise.all(Array.from({ length: settings.proxies.parallel }, work));
        if (signal?.aborted) return { reads: [], problems };
        for (const namespace of answered) this.silent.delete(namespace);
        for (const [namespace, error] of errors) {
            if (!answered.has(namespace)) this.fail(namespace, error, problems);
        }
        return { reads, problems };
    }

    private targets(): Target[] {
        const { callers, settings } = this.options;
        const { pods } = settings.proxies;
        const isReadable = ({ namespace }: Caller) => !this.refused.has(namespace);
        const sent = callers().filter(isReadable).slice(0, pods);
        return [
            ...sent.map((one) => ({ ...one, side: "sent" as const })),
            ...this.own.filter(isReadable),
        ];
    }

    private async list(): Promise<void> {
        const { cluster, rollout, settings, clock } = this.options;
        const { namespace, app } = rollout;
        if (clock.now() - this.listedAt < LIST_MS || this.refused.has(namespace)) return;
        this.listedAt = clock.now();
        const own = await cluster.listPods(namespace, `app=${app}`);
        const of = async (version: Slot) => {
            const labels = rollout.workloads?.[version]?.labels;
            const pods =
                labels === undefined
                    ? own.filter((pod) => pod.labels.version === version)
                    : await cluster.listPods(namespace, selectorOf(labels));
            return pods
                .filter(({ isRunning }) => isRunning)
                .map(({ name }): Target => ({ namespace, pod: name, side: "received", version }))
                .slice(0, settings.proxies.pods);
        };
        this.own = (await Promise.all(SLOTS.map(of))).flat();
    }

    private async readOne(target: Target, signal?: AbortSignal): Promise<ProxyRead> {
        const { get, rollout, settings, clock } = this.options;
        const { namespace, pod, side, version } = target;
        const limits = { maxBytes: settings.proxies.maxBytes, timeout: TIMEOUT_MS, signal };
        const at = { namespace, pod, port: STATS_PORT };
        const text = await get(at, statsPath(rollout), limits);
        const counters =
            version === undefined
                ? sentCounters(text, rollout)
                : receivedCounters(text, version, rollout);
        return { proxy: `${namespace}/${pod}`, side, at: clock.now(), counters };
    }

    /** Reports a namespace once: at once without rights, otherwise when it has been silent for some rounds. */
    private fail(namespace: string, error: unknown, problems: string[]): void {
        const rounds = (this.silent.get(namespace) ?? 0) + 1;
        this.silent.set(namespace, rounds);
        const isRefused = isApiError(error, 403) || isApiError(error, 401);
        if (isRefused && this.refused.has(namespace)) return;
        if (isRefused) this.refused.add(namespace);
        else if (rounds !== SILENT_ROUNDS) return;
        const reason = errorMessage(error);
        problems.push(
            `The proxies in namespace ${namespace} cannot be read, so the driver judges their requests by Prometheus alone: ${reason}`,
        );
    }
}

const EXCLUDES =
    "The proxies are not read, because their counters do not tell which requests `canary:analysis.exclude` leaves out.";

function selectorOf(labels: Readonly<Record<string, string>>): string {
    return Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}

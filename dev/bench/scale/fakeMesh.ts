// The mesh with many apps: how soon a weight is in a caller's proxy, and what istiod and the proxies carry.
import { setTimeout as sleep } from "node:timers/promises";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { manifestsOf } from "../../../rollout/manifests/manifests";
import { planOf } from "../../../rollout/plan/plan";
import { Client } from "../../sandbox/demo/client";
import { clientRoute } from "../../sandbox/demo/clientRoute";
import type { Target } from "../../sandbox/demo/target";
import type { Bench } from "../harness/runBench";

export interface MeshPoint {
    readonly apps: number;
    /** Seconds from a patch of one VirtualService until the caller's proxy had it, each round. */
    readonly everything: readonly number[];
    /** The same for a caller whose Sidecar names the one host that it calls. */
    readonly scoped: readonly number[];
    readonly istiodCpuMsPerPatch: number;
    readonly istiodMB: number;
    /** Of a caller's whole configuration as JSON. */
    readonly everythingKB: number;
    readonly scopedKB: number;
    /** Of its Envoy's heap. */
    readonly everythingMB: number;
    readonly scopedMB: number;
}

const NAMESPACE = "bench-mesh";
const SCOPED = "bench-mesh-scoped";
const EVERYTHING = "bench-mesh-everything";
const HOST = `app-0.${NAMESPACE}.svc.cluster.local`;
const ROUTES = { group: "networking.istio.io", version: "v1", plural: "virtualservices" };
const WAIT_MS = 60_000;
const LARGEST_DUMP = 2 ** 28;

/** Adds apps up to each count in turn, and measures there. */
export async function meshPoints(
    target: Target,
    counts: readonly number[],
    { rounds, signal, onEnd, say }: Pick<Bench, "signal" | "onEnd" | "say"> & { rounds: number },
): Promise<MeshPoint[]> {
    const apply = (items: readonly object[]) =>
        target.kubectl(["apply", "--server-side", "-f", "-"], {
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
            signal,
        });
    onEnd("apps of the mesh", () =>
        target.kubectl(["delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false"]),
    );
    await apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }]);
    const clients = [EVERYTHING, SCOPED].map(
        (namespace) =>
            new Client(target, { namespace, url: `http://${HOST}/`, rate: 1, maxMinutes: 30 }),
    );
    for (const client of clients) {
        onEnd("client", () => client.stop());
        await client.start(signal);
    }
    await apply([sidecar()]);
    const cluster = new Kubernetes({ kubeconfig: target.env.KUBECONFIG });
    const points: MeshPoint[] = [];
    let made = 0;
    for (const apps of counts) {
        const items: object[] = [];
        for (; made < apps; made++) items.push(...manifestsFor(made));
        await apply(items);
        await seen(target, EVERYTHING, `app-${apps - 1}.${NAMESPACE}.svc.cluster.local`, signal);
        await seen(target, SCOPED, HOST, signal);
        points.push(await measure(target, cluster, apps, rounds, signal));
        say(JSON.stringify(points.at(-1)));
    }
    return points;
}

async function measure(
    target: Target,
    cluster: Kubernetes,
    apps: number,
    rounds: number,
    signal: AbortSignal,
): Promise<MeshPoint> {
    const taken: Record<string, number[]> = { [EVERYTHING]: [], [SCOPED]: [] };
    const before = await istiod(target);
    for (let round = 1; round <= rounds; round++) {
        const weight = round + 30;
        const at = Date.now();
        await cluster.patch(ROUTES, NAMESPACE, "app-0", {
            by: "merge",
            fieldManager: "bench",
            body: { spec: manifestsFor(0, weight).find(isRoute)?.spec },
        });
        for (const [namespace, seconds] of Object.entries(taken)) {
            const route = await seen(target, namespace, HOST, signal, weight);
            seconds.push(Math.round(route.since - at) / 1_000);
        }
    }
    const after = await istiod(target);
    const [all, one] = [await proxy(target, EVERYTHING), await proxy(target, SCOPED)];
    return {
        apps,
        everything: taken[EVERYTHING] ?? [],
        scoped: taken[SCOPED] ?? [],
        istiodCpuMsPerPatch: Math.round((1_000 * (after.cpuSeconds - before.cpuSeconds)) / rounds),
        istiodMB: Math.round(after.bytes / 1e6),
        everythingKB: Math.round(all.configBytes / 1e3),
        scopedKB: Math.round(one.configBytes / 1e3),
        everythingMB: Math.round(all.heapBytes / 1e5) / 10,
        scopedMB: Math.round(one.heapBytes / 1e5) / 10,
    };
}

type Route = ReturnType<typeof manifestsOf>["virtualService"];

function isRoute(manifest: { readonly kind: string }): manifest is Route {
    return manifest.kind === "VirtualService";
}

/** What callers' proxies see of an app: no pods are needed for that. */
function manifestsFor(index: number, weight = 10) {
    const versions = { v1: { image: "web:1" }, v2: { image: "web:2" } };
    const input = { app: `app-${index}`, namespace: NAMESPACE, versions, weight };
    const checked = checkConfig(input);
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const manifests = manifestsOf(checked.config, planOf(checked.config));
    const { service, destinationRule, virtualService } = manifests;
    return [service, destinationRule, virtualService];
}

function sidecar(): object {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Sidecar",
        metadata: { name: "default", namespace: SCOPED },
        spec: { egress: [{ hosts: [`${NAMESPACE}/${HOST}`] }] },
    };
}

/** Waits until a client's proxy has a route to the host, with that weight. */
async function seen(
    target: Target,
    namespace: string,
    host: string,
    signal: AbortSignal,
    weight?: number,
) {
    for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; ) {
        const route = await clientRoute(target, namespace, host);
        if (route !== undefined && (weight === undefined || route.weights.v2 === weight)) {
            return route;
        }
        await sleep(100, undefined, { signal });
    }
    throw new Error(`The proxy in ${namespace} had no such route to ${host} within a minute.`);
}

async function proxy(target: Target, namespace: string) {
    const get = async (what: string) => {
        const { stdout } = await target.kubectl(
            [
                ...["exec", "-n", namespace, "client", "-c", "istio-proxy", "--"],
                ...["pilot-agent", "request", "GET", what],
            ],
            { maxBuffer: LARGEST_DUMP },
        );
        return String(stdout).slice(String(stdout).indexOf("{"));
    };
    const { allocated } = JSON.parse(await get("memory"));
    // As one line: how it is indented is not the proxy's.
    const dump = JSON.stringify(JSON.parse(await get("config_dump")));
    return { heapBytes: Number(allocated), configBytes: dump.length };
}

/** By its own metrics. */
async function istiod(target: Target): Promise<{ cpuSeconds: number; bytes: number }> {
    const pods = ["get", "pods", "-n", "istio-system", "-l", "app=istiod", "-o", "name"];
    const [name = ""] = String((await target.kubectl(pods)).stdout).split("\n");
    const at = `/api/v1/namespaces/istio-system/pods/${name.replace("pod/", "")}:15014/proxy/metrics`;
    const text = String((await target.kubectl(["get", "--raw", at])).stdout);
    const of = (metric: string) => {
        const value = new RegExp(`^${metric} (\\S+)$`, "m").exec(text)?.[1];
        if (value === undefined) throw new Error(`istiod does not tell its ${metric}.`);
        return Number(value);
    };
    return {
        cpuSeconds: of("process_cpu_seconds_total"),
        bytes: of("process_resident_memory_bytes"),
    };
}

// Reads the counters of the sidecars directly, without waiting for a scrape.
import type { Cluster } from "./cluster";

export interface BySlot {
    readonly v1: number;
    readonly v2: number;
}

/**
 * Requests that have arrived at an app's containers so far, per version. Counts every attempt, including those that the client
 * abandoned, which Istio's standard metrics omit.
 */
export async function arrivals(cluster: Cluster, namespace: string): Promise<BySlot> {
    const list = await cluster.kubectl(
        ...["get", "pods", "-n", namespace, "-l", "app=web"],
        ...["-o", 'jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.version}{"\\n"}'],
    );
    const pods = list.split("\n").flatMap((line) => {
        const [name = "", version = ""] = line.split(" ");
        return name === "" ? [] : [{ name, version }];
    });
    const counted = await Promise.all(
        pods.map(async ({ name, version }) => ({
            version,
            total: await sum(
                cluster,
                namespace,
                name,
                String.raw`^cluster\.inbound.*upstream_rq_total$`,
            ),
        })),
    );
    const of = (slot: string) =>
        counted.reduce((all, { version, total }) => all + (version === slot ? total : 0), 0);
    return { v1: of("v1"), v2: of("v2") };
}

/** The sum of a pod's Envoy statistics with matching names. `names`: an RE2 regular expression. */
export async function sum(
    cluster: Cluster,
    namespace: string,
    pod: string,
    names: string,
): Promise<number> {
    const query = `stats?filter=${encodeURIComponent(names)}`;
    const stats = await cluster.kubectl(
        ...["exec", "-n", namespace, pod, "-c", "istio-proxy", "--"],
        ...["pilot-agent", "request", "GET", query],
    );
    return [...stats.matchAll(/: (\d+)$/gm)].reduce((all, [, value]) => all + Number(value), 0);
}

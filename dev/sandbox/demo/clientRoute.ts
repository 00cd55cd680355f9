// Reads the current split from the client's Envoy, not from the config that was applied.
import type { Target } from "./target";

export interface ProxyRoute {
    /** Percentage of requests per subset; a subset without traffic may be absent. */
    readonly weights: Readonly<Record<string, number>>;
    /** When Envoy applied this configuration, by its own clock; milliseconds since the epoch. */
    readonly since: number;
    /** When every Envoy worker thread should route by it. Workers update one by one, which a busy machine delays. */
    readonly settled: number;
}

/** Milliseconds allowed for the last worker. */
const WORKERS_MS = 500;

/** Reads the route to `host` from a pod's sidecar. Default: the client's. */
export async function clientRoute(
    target: Target,
    namespace: string,
    host: string,
    pod = "client",
): Promise<ProxyRoute | undefined> {
    const { stdout } = await target.kubectl([
        "exec",
        "-n",
        namespace,
        pod,
        "-c",
        "istio-proxy",
        "--",
        "pilot-agent",
        "request",
        "GET",
        "config_dump?resource=dynamic_route_configs",
    ]);
    // pilot-agent may print a log line first.
    return routeInDump(JSON.parse(stdout.slice(stdout.indexOf("{"))), host);
}

interface ConfigDump {
    readonly configs?: readonly {
        readonly last_updated?: string;
        readonly route_config?: {
            readonly virtual_hosts?: readonly {
                readonly domains?: readonly string[];
                readonly routes?: readonly { readonly route?: RouteAction }[];
            }[];
        };
    }[];
}

interface RouteAction {
    readonly cluster?: string;
    readonly weighted_clusters?: {
        readonly clusters: readonly { readonly name: string; readonly weight?: number }[];
    };
}

/** The last route of the virtual host `host` in Envoy's config dump: the weighted default route. */
export function routeInDump(dump: ConfigDump, host: string): ProxyRoute | undefined {
    for (const config of dump.configs ?? []) {
        const virtualHost = config.route_config?.virtual_hosts?.find((v) =>
            v.domains?.includes(host),
        );
        const action = virtualHost?.routes?.at(-1)?.route;
        if (action === undefined) {
            continue;
        }
        const clusters = action.weighted_clusters?.clusters ?? [
            { name: action.cluster ?? "", weight: 100 },
        ];
        const weights: Record<string, number> = {};
        for (const { name, weight } of clusters) {
            const subset = subsetOf(name);
            weights[subset] = (weights[subset] ?? 0) + (weight ?? 0);
        }
        const since = Date.parse(config.last_updated ?? "");
        return { weights, since, settled: since + WORKERS_MS };
    }
    return undefined;
}

/** `outbound|80|v2|web.demo.svc.cluster.local` → `v2`; also `outbound|80||web-v2.demo.svc.cluster.local`. */
function subsetOf(cluster: string): string {
    const [, , subset = "", host = ""] = cluster.split("|");
    return subset || (/^[^.]+-(v[12])[.]/.exec(host)?.[1] ?? "");
}

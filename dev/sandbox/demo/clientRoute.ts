// The split as the client's own proxy has it: read from Envoy, not from what we asked for.
import type { Target } from "./target";

export interface ProxyRoute {
    /** Percent of requests per subset; a subset that gets none may be absent. */
    readonly weights: Readonly<Record<string, number>>;
    /** When Envoy took this configuration, milliseconds since the epoch, by its own clock. */
    readonly since: number;
    /** When every worker thread of it routes by it: each takes it over when it comes to it, which a busy machine delays. */
    readonly settled: number;
}

const WORKERS_MS = 500;

/** Asks the sidecar of a pod, by default the client's, for the route to `host`. */
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
    // pilot-agent may log a line of its own first.
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

/** The last route of the virtual host `host` in Envoy's configuration dump: the weighted one, which all else falls through to. */
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

/** `outbound|80|v2|web.demo.svc.cluster.local` → `v2`. */
function subsetOf(cluster: string): string {
    return cluster.split("|")[2] ?? "";
}

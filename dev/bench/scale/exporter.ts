// Counters of many apps as their callers' sidecars have them, for a Prometheus to scrape: Istio's standard metrics.
// node --require tsx/cjs dev/bench/scale/exporter.ts APPS PARTS   prints its port; a process of its own, so that nothing else waits for it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Sidecars that call each app, and pods of each version. */
const CALLERS = 3;
const PODS = { v1: 3, v2: 1 };
const CODES = [
    ["200", 0.995],
    ["404", 0.004],
    ["503", 0.001],
] as const;
/** As Istio's histogram has them. */
const BUCKETS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];
/** Requests per second of one caller to one version. */
const RATE = { v1: 30, v2: 3 };

/** How many series one app has. */
export function seriesPerApp(): number {
    return text(0, 0).split("\n").filter(Boolean).length;
}

/** Serves all apps under /metrics/0 to /metrics/<parts - 1>, so that not all of them are scraped at once. @returns its port */
async function serveApps(apps: number, parts: number): Promise<number> {
    const started = Date.now();
    const server = createServer((request, response) => {
        const part = Number(request.url?.split("/").at(-1));
        const seconds = (Date.now() - started) / 1_000;
        response.setHeader("content-type", "text/plain; version=0.0.4");
        for (let app = part; app < apps; app += parts) response.write(text(app, seconds));
        response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
}

/** The exposition of one app after so many seconds of traffic. */
export function text(app: number, seconds: number): string {
    const lines: string[] = [];
    const service = `destination_service="app-${app}.shop.svc.cluster.local",destination_service_name="app-${app}",destination_service_namespace="shop"`;
    for (const version of ["v1", "v2"] as const) {
        const to = `${service},destination_version="${version}"`;
        for (let caller = 0; caller < CALLERS; caller++) {
            const of = `reporter="source",${to},source_workload="caller-${caller}",source_workload_namespace="shop",pod="caller-${caller}-${app}",namespace="shop",instance="10.1.${app}.${caller}:15090"`;
            lines.push(...countedBySource(of, seconds * RATE[version]));
        }
        const pods = PODS[version];
        for (let pod = 0; pod < pods; pod++) {
            const of = `reporter="destination",${to},destination_workload="app-${app}-${version}",destination_workload_namespace="shop",pod="app-${app}-${version}-${pod}",namespace="shop",instance="10.2.${app}.${pod}:15090"`;
            const requests = (seconds * CALLERS * RATE[version]) / pods;
            for (const [code, share] of CODES) {
                lines.push(total(`${of},response_code="${code}"`, requests * share));
            }
        }
    }
    return `${lines.join("\n")}\n`;
}

function countedBySource(of: string, requests: number): string[] {
    return CODES.flatMap(([code, share]) => {
        const labels = `${of},response_code="${code}"`;
        const buckets = [...BUCKETS, "+Inf"].map((le, index) => {
            const below = Math.floor(requests * share * Math.min(1, (index + 1) / 10));
            return `istio_request_duration_milliseconds_bucket{${labels},le="${le}"} ${below}`;
        });
        return [total(labels, requests * share), ...buckets];
    });
}

function total(labels: string, value: number): string {
    return `istio_requests_total{${labels}} ${Math.floor(value)}`;
}

if (require.main === module) {
    const [apps = 1, parts = 1] = process.argv.slice(2).map(Number);
    void serveApps(apps, parts).then(console.log);
}

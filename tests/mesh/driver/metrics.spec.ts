// What the driver counts of a rollout, against what the client of it saw; and what it says when Prometheus does not answer.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { checkDriverConfig } from "../../../canary/analysis/config/driverConfig";
import {
    durationHistogram,
    measuredRate,
    podCounts,
} from "../../../canary/analysis/counts/baseline";
import { observe } from "../../../canary/analysis/counts/counters";
import {
    type Cursors,
    NO_CURSORS,
    type Observation,
    type Window,
} from "../../../canary/analysis/counts/observation";
import { scrapeInterval } from "../../../canary/analysis/counts/scrapes";
import type { Clock } from "../../../canary/driver/ports";
import { prometheusMetrics } from "../../../canary/driver/prometheus/prometheus";
import { propagationWait } from "../../../canary/driver/prometheus/propagationWait";
import { failed, type Request } from "../../../dev/sandbox/demo/requests";
import { type StackConfig, withoutPreview } from "../../../dev/sandbox/demo/stack";
import { countBy } from "../harness/callers/requester";
import { type Cluster, sandboxCluster } from "../harness/cluster";
import { LiveRollout } from "../harness/liveRollout";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-metrics";
const RATE = 50;
/** Requests that can be on one side of a scrape for the client and on the other for its sidecar. */
const EDGE = 0.5 * RATE;
const slots = { stable: "v1", canary: "v2" } as const;
const watched = { app: "web", namespace, port: 80, ...slots };

const clock: Clock = {
    now: Date.now,
    elapsed: () => performance.now(),
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
};

function metricsOf(prometheus: object, more: Partial<typeof watched> = {}) {
    const checked = checkDriverConfig({ prometheus });
    assert.ok(checked.ok);
    const { config } = checked;
    const about = { ...watched, ...more };
    return prometheusMetrics(config.prometheus, about, config.analysis, clock);
}

describe("the driver's metrics", () => {
    let cluster: Cluster;
    let live: LiveRollout;
    let url: string;

    before(async () => {
        cluster = sandboxCluster();
        url = cluster.env.PROMETHEUS_URL ?? "";
        live = await LiveRollout.start({
            namespace,
            rate: RATE,
            config: (config) => {
                config.ladder = [25, 100];
                config.timeout = "1s";
                config.versions.v2.probes = {
                    readiness: { exec: { command: ["fortio", "version"] }, periodSeconds: 1 },
                };
            },
        });
    });

    after(async () => {
        await live?.stop();
    });

    async function windowOf(): Promise<Window> {
        const found = await metricsOf({ url }).fetch(90);
        assert.ok(found.ok, JSON.stringify(found));
        return found.window;
    }

    /** A look, at the weight and with a bound that a slow answer is above. */
    async function look(cursors: Cursors) {
        const window = await windowOf();
        const about = { ...slots, weight: 25, startedAt: 0, bounds: [500] };
        return { window, ...observe(window, cursors, about) };
    }

    /** Up to where the client's requests have been counted, milliseconds since the epoch. */
    function countedUntil(cursors: Cursors): number {
        const [, at = Number.NaN] =
            Object.entries(cursors.requests).find(([name]) => /\bclient\b/.test(name)) ?? [];
        return at;
    }

    interface Seen {
        readonly observations: readonly Observation[];
        readonly requests: readonly Request[];
        readonly canary: { requests: number; failed: number };
        readonly stable: { requests: number; failed: number };
        /** By who answered and with which status. */
        readonly saw: Readonly<Record<string, number>>;
        /** All of it, for a failure. */
        readonly text: string;
    }

    /** What several looks have counted, and what the client saw between the first scrape counted and the last. */
    async function watch(scrapes: number): Promise<Seen> {
        const first = await look(NO_CURSORS);
        const from = countedUntil(first.cursors);
        let { cursors } = first;
        const observations: Observation[] = [];
        while (countedUntil(cursors) < from + scrapes * 5_000) {
            await sleep(1_000);
            const next = await look(cursors);
            cursors = next.cursors;
            observations.push(next.observation);
        }
        const strata = observations.flatMap((one) => one.strata);
        const arm = (of: "canary" | "stable") =>
            strata.reduce(
                (sum, counts) => ({
                    requests: sum.requests + counts[of].requests,
                    failed: sum.failed + counts[of].failed,
                }),
                { requests: 0, failed: 0 },
            );
        const to = countedUntil(cursors);
        // Counted when it is answered.
        const requests = live.client.requests.filter(
            ({ at, ms }) => at + ms >= from && at + ms < to,
        );
        const saw = countBy(requests, ({ version, status }) => `${version || "nobody"} ${status}`);
        const [canary, stable] = [arm("canary"), arm("stable")];
        const seconds = (to - from) / 1_000;
        const text = JSON.stringify({ seconds, saw, canary, stable, strata });
        return { observations, requests, canary, stable, saw, text };
    }

    function near(found: number, expected: number, what: string): void {
        assert.ok(Math.abs(found - expected) <= EDGE, `${found} and not ${expected} ${what}`);
    }

    /** Every failure is the canary's, but for what a busy machine lets the stable time out. */
    function canarysFail({ saw, canary, stable, text }: Seen, expected: number): void {
        const timedOut = saw["nobody 504"] ?? 0;
        assert.ok(stable.failed <= timedOut + EDGE, text);
        near(canary.failed + stable.failed, expected, `failures: ${text}`);
        assert.ok(canary.failed > 0.9 * expected, text);
    }

    /** Past the pack, which lets no version change that gets requests. */
    async function canaryRuns(args: (args: string[]) => string[]): Promise<void> {
        await live.stack.edit((config: StackConfig) => {
            config.versions.v2.args = args(config.versions.v2.args ?? []);
        });
        succeeded(await live.stack.up(undefined, withoutPreview));
    }

    it("sees the weight arrive by the split that the client's sidecar counts", async () => {
        await live.stack.set("weight", 25);
        await live.up();
        const { seconds, evidence } = await propagationWait(metricsOf({ url }), clock, slots).wait(
            25,
            Date.now(),
        );
        assert.ok(seconds < 60, evidence);
        assert.match(
            evidence,
            /^\d\d\.\d % of \d+ requests went to the canary; the weight is 25 %$/,
        );
    });

    it("counts each request of both versions once", async () => {
        const { requests, canary, stable, text } = await watch(6);
        const of = (version: string) => requests.filter((one) => one.version === version).length;
        near(canary.requests, of("v2"), `of the canary: ${text}`);
        near(stable.requests, of("v1"), `of the stable: ${text}`);
        assert.deepEqual([canary.failed, stable.failed], [0, 0], text);
    });

    it("has what a rollout takes from the stable", async () => {
        const window = await windowOf();
        assert.equal(Math.round((scrapeInterval(window) ?? 0) / 100), 50);
        near(measuredRate(window), RATE, "rate");
        const { requests, buckets } = durationHistogram(window, "v1");
        assert.ok(requests > 0);
        const shares = buckets.map(({ atMost }) => atMost / requests);
        assert.deepEqual(
            [...shares].sort((a, b) => a - b),
            shares,
        );
        assert.ok((shares.at(-1) ?? 0) <= 1);
        const pods = podCounts(window, "v1");
        assert.equal(pods.length, 3);
        assert.ok(pods.every((pod) => pod.requests > 0 && pod.failed === 0));
    });

    it("counts answers of 503, timeouts of the route and slow answers as the client saw them", async () => {
        const faults = "X-Version:v2&status=503:10&delay=1.4s:10,700ms:20";
        await canaryRuns((args) => args.map((arg) => arg.replace("X-Version:v2", faults)));
        const seen = await watch(8);
        const { requests, canary, saw, observations, text } = seen;
        const timedOut = saw["nobody 504"] ?? 0;
        assert.ok(timedOut > EDGE, text);
        const failures = requests.filter(failed).length;
        canarysFail(seen, failures);
        // What the caller's sidecar answers does not say for which version.
        const answered = requests.filter(({ version }) => version === "v2").length;
        near(canary.requests, answered + timedOut, `of the canary: ${text}`);
        const received = observations.reduce((sum, one) => sum + one.received.canary.failed, 0);
        near(received, failures - timedOut, `failures received: ${text}`);
        const slow = observations
            .flatMap((one) => one.slow.flatMap(({ strata }) => strata))
            .reduce((sum, one) => sum + one.canary.failed, 0);
        const above = requests.filter(({ version, ms }) => version === "v2" && ms > 500).length;
        // Envoy adds to its histograms every five seconds: at either end those may be missing.
        const flush = 5 * RATE * 0.25 * 0.2;
        assert.ok(Math.abs(slow - above) <= EDGE + flush, `${slow} and not ${above}: ${text}`);
    });

    it("counts refused connections as failures of the canary", async () => {
        await canaryRuns((args) =>
            args.map((arg) =>
                arg.replace(/&status=.*$/, "").replace("-http-port=8080", "-http-port=8081"),
            ),
        );
        const seen = await watch(4);
        const failures = seen.requests.filter(failed).length;
        assert.ok(failures > 2 * EDGE, seen.text);
        canarysFail(seen, failures);
        const canarys = seen.requests.filter(({ version }) => version !== "v1").length;
        near(seen.canary.requests, canarys, `of the canary: ${seen.text}`);
    });

    it("counts what no pod is there to answer as failures of the canary", async () => {
        await cluster.kubectl("scale", "deployment/web-v2", "-n", namespace, "--replicas=0");
        await cluster.kubectl(
            ...["wait", "pods", "-n", namespace, "-l", "app=web,version=v2"],
            ...["--for=delete", "--timeout=60s"],
        );
        const seen = await watch(4);
        const failures = seen.requests.filter(failed).length;
        assert.ok(failures > 2 * EDGE, seen.text);
        canarysFail(seen, failures);
        const canarys = seen.requests.filter(({ version }) => version !== "v1").length;
        near(seen.canary.requests, canarys, `of the canary: ${seen.text}`);
        const received = seen.observations.reduce(
            (sum, one) => sum + one.received.canary.requests,
            0,
        );
        assert.equal(received, 0, seen.text);
    });

    describe("names what is wrong", () => {
        async function problemOf(prometheus: object, more?: Partial<typeof watched>) {
            const found = await metricsOf(prometheus, more).fetch(30);
            assert.ok(!found.ok, JSON.stringify(found));
            return found;
        }

        it("when Prometheus is stopped", async () => {
            const server = createServer().listen(0, "127.0.0.1");
            await new Promise((resolve) => server.once("listening", resolve));
            const { port } = server.address() as AddressInfo;
            await new Promise((resolve) => server.close(resolve));
            const { problem, reason } = await problemOf({ url: `http://127.0.0.1:${port}` });
            assert.equal(problem, "unreachable");
            assert.equal(reason, `http://127.0.0.1:${port}: connection refused`);
        });

        it("when the path is wrong", async () => {
            const { problem, reason } = await problemOf({ url: `${url}/mimir` });
            assert.equal(problem, "malformed");
            assert.match(
                reason,
                /\/mimir answered 404: 404 page not found, which is not a Prometheus response/,
            );
        });

        it("when what is before Prometheus asks for a token", async () => {
            const server = createServer(async (request, response) => {
                if (request.headers.authorization !== "Bearer right") {
                    response.writeHead(401).end("who are you?");
                    return;
                }
                const parts: Buffer[] = [];
                for await (const part of request) parts.push(part);
                const answer = await fetch(`${url}${request.url}`, {
                    method: "POST",
                    headers: { "content-type": request.headers["content-type"] ?? "" },
                    body: Buffer.concat(parts),
                });
                response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
            });
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            const guarded = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            try {
                const { problem, reason } = await problemOf({
                    url: guarded,
                    bearerToken: "wrong",
                });
                assert.equal(problem, "refused");
                assert.match(reason, /answered 401: who are you\?; check `bearerToken`/);
                const found = await metricsOf({ url: guarded, bearerToken: "right" }).fetch(30);
                assert.ok(found.ok, JSON.stringify(found));
            } finally {
                server.close();
                server.closeAllConnections();
            }
        });

        it("when nobody has ever sent the app a request", async () => {
            const { problem, reason } = await problemOf({ url }, { app: "nobody" });
            assert.equal(problem, "empty");
            assert.match(reason, /, but \d+ of other services: the app has had no request/);
        });
    });

    describe("when nobody sends any more", () => {
        it("sees a weight arrive by istiod's updates when nobody sends", async () => {
            await live.client.stop();
            await cluster.removeNamespace(`${namespace}-client`);
            // The last scrape of the client must not be one after the write.
            await sleep(6_000);
            await live.stack.set("weight", 0);
            const before = Date.now();
            await live.up();
            const { evidence } = await propagationWait(metricsOf({ url }), clock, slots).wait(
                0,
                before,
            );
            assert.match(evidence, /^no requests; istiod has updated \d+ proxies since/);
        });
    });
});

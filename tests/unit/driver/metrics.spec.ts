// The driver's Metrics against a server on loopback: what is asked, how, and what each kind of failure is called.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { prometheusMetrics } from "../../../driver/metrics";
import { checkDriverConfig } from "../../../rollout/driverConfig";
import type { Fetched, Series } from "../../../rollout/observation";
import {
    type Asked,
    type Replies,
    type Reply,
    startPrometheus,
    type TestPrometheus,
} from "../../fixtures/prometheusServer";
import { bucket, requests } from "../../fixtures/scrapes";

const NOW = Date.UTC(2026, 10, 21, 13, 12, 0);
const WATCHED = { app: "web", namespace: "shop", port: 80, stable: "v1", canary: "v2" } as const;
const SOURCE = 'reporter="source",destination_service="web.shop.svc.cluster.local"';
const REQUESTS = `istio_requests_total{${SOURCE}}`;

/** Scrapes that end `age` milliseconds ago. */
const scraped = (labels: Parameters<typeof requests>[0], values: number[], age = 2_000): Series =>
    requests(labels, values, { start: NOW - age - (values.length - 1) * 5_000 });

const isFor = ({ query }: Asked, metric: string, reporter: string) =>
    query.startsWith(`${metric}{reporter="${reporter}"`);

/** A mesh's Prometheus with a caller of both versions; `more` comes first. */
function mesh(more: Replies = () => undefined): Replies {
    return (asked) => {
        const special = more(asked);
        if (special !== undefined) return special;
        if (asked.query === "time()") return { scalar: NOW / 1_000 };
        if (isFor(asked, "istio_requests_total", "source")) {
            const matrix = [scraped({}, [90, 180]), scraped({ version: "v2" }, [10, 20])];
            return { matrix };
        }
        return undefined;
    };
}

describe("prometheusMetrics", () => {
    const open: TestPrometheus[] = [];
    const folder = mkdtempSync(path.join(tmpdir(), "canary-metrics-"));
    after(() => rmSync(folder, { recursive: true }));
    afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

    async function serve(...args: Parameters<typeof startPrometheus>): Promise<TestPrometheus> {
        const server = await startPrometheus(...args);
        open.push(server);
        return server;
    }

    function metricsOf(prometheus: object, analysis: object = {}, env: NodeJS.ProcessEnv = {}) {
        const checked = checkDriverConfig({ prometheus, analysis });
        assert.ok(checked.ok, JSON.stringify(checked));
        const { config } = checked;
        const clock = { now: () => NOW };
        return prometheusMetrics(config.prometheus, WATCHED, config.analysis, clock, env);
    }

    /** What a look sees of a server that replies so. */
    async function look(replies: Replies, prometheus: object = {}): Promise<Fetched> {
        const { url } = await serve(replies);
        return metricsOf({ url, ...prometheus }).fetch(90);
    }

    async function problemOf(...args: Parameters<typeof look>) {
        const found = await look(...args);
        assert.ok(!found.ok, JSON.stringify(found));
        return { ...found, reason: found.reason.replace(/http:\/\/127\.0\.0\.1:\d+/g, "URL") };
    }

    const always = (reply: Reply) => problemOf(() => reply);

    it("asks for samples as they were scraped, and keeps their times and the labels that counting needs", async () => {
        const durations = [bucket("100", "v1", [0, 5])];
        const received = [scraped({ pod: "web-v1-a" }, [4, 9])];
        const caller = { pod: "caller", namespace: "shop-client", source_principal: "spiffe://x" };
        const server = await serve((asked) => {
            if (asked.query === "time()") return { scalar: NOW / 1_000 };
            if (isFor(asked, "istio_requests_total", "source")) {
                return { matrix: [scraped(caller, [90, 180])] };
            }
            return {
                matrix: isFor(asked, "istio_requests_total", "destination") ? received : durations,
            };
        });
        const found = await metricsOf({ url: server.url }).fetch(90);
        const { source_principal: _, ...kept } = caller;
        assert.deepEqual(found, {
            ok: true,
            window: {
                askedAt: NOW,
                requests: [scraped(kept, [90, 180])],
                durations,
                received,
                custom: {},
            },
        });
        assert.deepEqual(server.asked.map(({ query }) => query).sort(), [
            `istio_request_duration_milliseconds_bucket{${SOURCE}}[90s]`,
            'istio_requests_total{reporter="destination",destination_workload_namespace="shop",destination_workload=~"web-v1|web-v2"}[90s]',
            `${REQUESTS}[90s]`,
            "time()",
        ]);
        for (const { path, form } of server.asked) {
            assert.equal(path, "/api/v1/query");
            assert.equal(form.get("partial_response"), "false");
            assert.equal(form.get("dedup"), "true");
        }
    });

    it("leaves out what analysis.exclude matches", async () => {
        const server = await serve(mesh());
        const exclude = ['source_workload="tester"', 'source_app!~"a|b"'];
        await metricsOf({ url: server.url }, { exclude }).fetch(90);
        const left = 'source_workload!="tester",source_app=~"a|b"';
        for (const { query } of server.asked.filter((one) => one.query !== "time()")) {
            assert.ok(query.includes(`,${left}}`), query);
        }
    });

    it("reads a sidecar that two jobs scrape once", async () => {
        const twice = [
            scraped({ job: "pods", instance: "10.0.0.1:15020" }, [1, 2]),
            scraped({ job: "envoy-stats", instance: "10.0.0.1:15090" }, [1, 3]),
            scraped({ job: "a-job-that-stopped", instance: "10.0.0.1:15090" }, [1, 9], 63_000),
            scraped({ job: "envoy-stats", instance: "10.0.0.2:15090", pod: "b" }, [1, 4]),
        ];
        const found = await look(
            mesh((asked) =>
                isFor(asked, "istio_requests_total", "source") ? { matrix: twice } : undefined,
            ),
        );
        assert.ok(found.ok);
        assert.deepEqual(
            found.window.requests.map(({ samples }) => samples.at(-1)?.[1]),
            [3, 4],
        );
    });

    describe("proves who it is", () => {
        /** The headers of each request, of a server behind a path of its own. */
        async function sent(prometheus: object, env?: NodeJS.ProcessEnv): Promise<Asked[]> {
            const server = await serve(mesh());
            const url = server.url.replace("//", "//alice:s%40crt@");
            const config = "url" in prometheus ? { ...prometheus, url } : prometheus;
            const metrics = metricsOf({ url: server.url, ...config }, {}, env);
            assert.ok((await metrics.fetch(90)).ok);
            return [...server.asked];
        }
        const basic = (user: string) => `Basic ${Buffer.from(user).toString("base64")}`;

        for (const [what, config, expected] of [
            ["by nothing unless told", {}, undefined],
            ["by a token", { bearerToken: "abc" }, "Bearer abc"],
            ["by a password", { username: "bob", password: "pw" }, basic("bob:pw")],
            ["by a user in the URL", { url: "" }, basic("alice:s@crt")],
        ] as const) {
            it(what, async () => {
                for (const { headers } of await sent(config)) {
                    assert.equal(headers.authorization, expected);
                }
            });
        }

        it("by headers of one's own", async () => {
            for (const { headers } of await sent({ headers: { "X-Scope-OrgID": "team-a" } })) {
                assert.equal(headers["x-scope-orgid"], "team-a");
            }
        });

        it("by a file's token as it is at each look", async () => {
            const bearerTokenFile = path.join(folder, "token");
            const { url, asked } = await serve(mesh());
            const metrics = metricsOf({ url, bearerTokenFile });
            for (const token of ["first", "second"]) {
                writeFileSync(bearerTokenFile, `${token}\n`);
                await metrics.fetch(90);
                assert.equal(asked.at(-1)?.headers.authorization, `Bearer ${token}`);
            }
        });

        it("by a certificate, to a server of one's own authority", async () => {
            const file = (name: string) => path.join(folder, name);
            for (const name of ["server", "client"]) {
                const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
                const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
                const files = ["-keyout", file(`${name}.key`), "-out", file(`${name}.crt`)];
                const args = ["req", "-x509", "-days", "2", ...curve, ...names, ...files];
                execFileSync("openssl", args, { stdio: "ignore" });
            }
            const tls = {
                cert: readFileSync(file("server.crt")),
                key: readFileSync(file("server.key")),
                ca: readFileSync(file("client.crt")),
                requestCert: true,
                rejectUnauthorized: true,
            };
            const { url } = await serve(mesh(), (listener) => createTlsServer(tls, listener));
            const ours = { certFile: file("client.crt"), keyFile: file("client.key") };
            const found = await metricsOf({ url, caFile: file("server.crt"), ...ours }).fetch(90);
            assert.ok(found.ok, JSON.stringify(found));
            const unknown = await metricsOf({ url, ...ours }).fetch(90);
            assert.equal(unknown.ok ? "" : unknown.problem, "unreachable");
            assert.match(unknown.ok ? "" : unknown.reason, /self-signed certificate/);
        });
    });

    it("keeps a path before the API's", async () => {
        const server = await serve(mesh());
        await metricsOf({ url: `${server.url}/prometheus/` }).fetch(90);
        assert.equal(server.asked[0]?.path, "/prometheus/api/v1/query");
    });

    it("takes the URL from PROMETHEUS_URL unless config has one", async () => {
        const { url } = await serve(mesh());
        assert.ok((await metricsOf({}, {}, { PROMETHEUS_URL: url }).fetch(90)).ok);
        const none = await metricsOf({}, {}, {}).fetch(90);
        assert.deepEqual(none, {
            ok: false,
            problem: "unreachable",
            reason: "no Prometheus is named; set canary:prometheus.url in the stack's config, or PROMETHEUS_URL",
        });
    });

    it("asks once more when a connection breaks", async () => {
        const broken = new Set<string>();
        const found = await look(
            mesh(({ query }) => {
                if (broken.has(query)) return undefined;
                broken.add(query);
                return "broken";
            }),
        );
        assert.ok(found.ok, JSON.stringify(found));
    });

    describe("calls it unreachable", () => {
        it("when nobody listens", async () => {
            const { url, close } = await startPrometheus(mesh());
            await close();
            assert.deepEqual(await metricsOf({ url }).fetch(90), {
                ok: false,
                problem: "unreachable",
                reason: `${url}: refuses connections`,
            });
        });

        it("when there is no answer in time", async () => {
            const { problem, reason } = await problemOf(() => "never", { timeout: "1s" });
            assert.deepEqual([problem, reason], ["unreachable", "URL: no answer within 1s"]);
        });

        it("when the look is given up", async () => {
            const { url } = await serve(() => "never");
            const found = await metricsOf({ url }).fetch(90, AbortSignal.timeout(50));
            assert.deepEqual(found, {
                ok: false,
                problem: "unreachable",
                reason: `${url} was given no more time`,
            });
        });

        it("when it fails itself, with what it says", async () => {
            const body = JSON.stringify({ status: "error", error: "query timed out" });
            assert.deepEqual(await always({ status: 503, body }), {
                ok: false,
                problem: "unreachable",
                reason: "URL answered 503: query timed out",
            });
        });

        it("when a file to connect with cannot be read", async () => {
            const { problem, reason } = await problemOf(mesh(), { bearerTokenFile: "/none" });
            assert.equal(problem, "unreachable");
            assert.equal(
                reason,
                "canary:prometheus.bearerTokenFile /none could not be read: ENOENT",
            );
        });
    });

    describe("calls it refused", () => {
        it("when it does not let the driver in", async () => {
            const { problem, reason } = await always({ status: 401, body: "<h1>Who?</h1>" });
            assert.equal(problem, "refused");
            assert.match(reason, /^URL answered 401: Who\?; check bearerToken,/);
        });

        it("when it does not take the query, with its own words", async () => {
            const error = "exceeded maximum resolution";
            const body = JSON.stringify({ status: "error", errorType: "bad_data", error });
            const { problem, reason } = await always({ status: 400, body });
            assert.deepEqual([problem, reason], ["refused", `URL answered 400: ${error}`]);
        });

        it("when it sends to a login", async () => {
            const headers = { location: "https://login.example.com/?next=x" };
            const { problem, reason } = await always({ status: 302, body: "", headers });
            assert.equal(problem, "refused");
            assert.match(reason, /^URL answered 302, which leads to https:\/\/login.example.com /);
        });
    });

    describe("calls it malformed", () => {
        for (const [what, status, body] of [
            ["a page", 200, "<html><body>Hello</body></html>"],
            ["no such path", 404, "404 page not found"],
            ["something else in JSON", 200, '{"status":"success","data":{"resultType":"x"}}'],
            [
                "no number for a sample",
                200,
                '{"status":"success","data":{"resultType":"scalar","result":[1,2]}}',
            ],
        ] as const) {
            it(`when the answer is ${what}`, async () => {
                const { problem, reason } = await always({ status, body });
                assert.equal(problem, "malformed");
                assert.match(
                    reason,
                    new RegExp(`^URL answered ${status}: .*URL/api/v1/query its API`),
                );
            });
        }
    });

    describe("calls it empty", () => {
        const time: Replies = ({ query }) =>
            query === "time()" ? { scalar: NOW / 1_000 } : undefined;

        it("when there is nothing of any service", async () => {
            const { problem, reason } = await problemOf(time);
            assert.equal(problem, "empty");
            assert.ok(
                reason.startsWith(
                    `Prometheus answers, but has no series ${REQUESTS}, nor of any other service`,
                ),
                reason,
            );
        });

        it("when there are only other services", async () => {
            const { problem, reason } = await problemOf((asked) =>
                asked.query.startsWith("count(") ? { vector: [12] } : time(asked),
            );
            assert.equal(problem, "empty");
            assert.match(reason, /, though 12 of other services: nobody has sent/);
        });

        it("when only the versions' own sidecars are read", async () => {
            const { problem, reason } = await problemOf((asked) =>
                isFor(asked, "istio_requests_total", "destination")
                    ? { matrix: [scraped({ pod: "web-v1-a" }, [1, 2])] }
                    : time(asked),
            );
            assert.equal(problem, "empty");
            assert.match(reason, /only what the app's own sidecars received: the callers have no/);
        });
    });

    describe("calls it stale", () => {
        it("when the newest sample is older than staleAfter", async () => {
            const { problem, reason } = await problemOf(
                mesh((asked) =>
                    isFor(asked, "istio_requests_total", "source")
                        ? { matrix: [scraped({}, [1, 2], 75_000)] }
                        : undefined,
                ),
            );
            assert.equal(problem, "stale");
            assert.ok(
                reason.startsWith(
                    `the newest sample of ${REQUESTS} is 75s old, more than prometheus.staleAfter (1m)`,
                ),
                reason,
            );
        });

        it("when it is older than all that is asked for", async () => {
            const { problem, reason } = await problemOf((asked) => {
                if (asked.query === "time()") return { scalar: NOW / 1_000 };
                if (asked.query.startsWith("max(")) return { vector: [NOW / 1_000 - 600] };
                return undefined;
            });
            assert.equal(problem, "stale");
            assert.match(reason, /is 600s old/);
        });
    });

    describe("calls it skewed", () => {
        for (const [side, ahead] of [
            ["ahead of", 11_000],
            ["behind", -11_000],
        ] as const) {
            it(`when Prometheus' clock is more than two scrapes ${side} the driver's`, async () => {
                const at = (NOW + ahead) / 1_000;
                const { problem, reason } = await problemOf(
                    mesh(({ query }) => (query === "time()" ? { scalar: at } : undefined)),
                );
                assert.equal(problem, "skewed");
                assert.equal(
                    reason,
                    `Prometheus' clock is 11s ${side} the driver's, more than 10s; set both by NTP`,
                );
            });
        }

        it("when samples come from the future", async () => {
            const { problem, reason } = await problemOf(
                mesh((asked) =>
                    isFor(asked, "istio_requests_total", "source")
                        ? { matrix: [scraped({}, [1, 2], -20_000)] }
                        : undefined,
                ),
            );
            assert.equal(problem, "skewed");
            assert.match(reason, /^the newest sample is 20s ahead of the driver's clock/);
        });

        it("but not by less", async () => {
            const at = (NOW + 9_000) / 1_000;
            assert.ok(
                (await look(mesh(({ query }) => (query === "time()" ? { scalar: at } : undefined))))
                    .ok,
            );
        });
    });

    describe("asks for the user's own metrics", () => {
        /** The value of a metric by what each query is answered with. */
        async function ordersOf(metric: object, replies: Record<string, Reply>) {
            const { url } = await serve(mesh(({ query }) => replies[query]));
            const metrics = [{ name: "orders", limit: 1, ...metric }];
            const found = await metricsOf({ url }, { metrics }).fetch(90);
            assert.ok(found.ok, JSON.stringify(found));
            return found.window.custom.orders;
        }
        const gauge = { query: 'rate{v="{{version}}",a="{{app}}",n="{{namespace}}"}' };
        const counter = { kind: "counter", query: "failed_{{version}}", of: "all_{{version}}" };

        it("for each version", async () => {
            const value = await ordersOf(gauge, {
                'rate{v="v1",a="web",n="shop"}': { vector: [12] },
                'rate{v="v2",a="web",n="shop"}': { scalar: 7.5 },
            });
            assert.deepEqual(value, { stable: 12, canary: 7.5 });
        });

        it("where a counter that has not counted yet is 0", async () => {
            const value = await ordersOf(counter, {
                all_v1: { vector: [900] },
                failed_v1: { vector: [3] },
            });
            assert.deepEqual(value, { canary: 0, canaryOf: 0, stable: 3, stableOf: 900 });
        });

        it("and says what is wrong with one", async () => {
            const bad = { status: 400, body: '{"status":"error","error":"unknown function"}' };
            for (const [replies, reason] of [
                [{ all_v1: { vector: [1, 2] } }, /^all_v1 has 2 values; must have one/],
                [{}, /^all_{{version}} has no value for either version$/],
                [{ all_v1: { vector: ["NaN"] } }, /^all_{{version}} has no value for either/],
                [{ all_v1: bad }, /^all_v1: .* answered 400: unknown function$/],
            ] as const) {
                assert.match((await ordersOf(counter, replies))?.problem ?? "", reason);
            }
        });
    });
});

// The queries of a sample, and the credentials they carry.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    isFor,
    looking,
    mesh,
    NOW,
    REQUESTS,
    SOURCE,
    scraped,
} from "../../../../fixtures/analysis/metricsLooks";
import type { Asked, Reply } from "../../../../fixtures/analysis/prometheusServer";
import { bucket } from "../../../../fixtures/analysis/series";

describe("prometheusMetrics", () => {
    const { serve, metricsOf, look, close } = looking();
    const folder = mkdtempSync(path.join(tmpdir(), "canary-metrics-"));
    after(() => rmSync(folder, { recursive: true }));
    afterEach(close);

    it("queries raw samples, and keeps their times and the labels that counting needs", async () => {
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

    it("excludes requests that match analysis.exclude", async () => {
        const server = await serve(mesh());
        const exclude = ['source_workload="tester"', 'source_app!~"a|b"'];
        await metricsOf({ url: server.url }, { exclude }).fetch(90);
        const opposite = 'source_workload!="tester",source_app=~"a|b"';
        for (const { query } of server.asked.filter((one) => one.query !== "time()")) {
            assert.ok(query.includes(`,${opposite}}`), query);
        }
    });

    it("counts a sidecar once if two jobs scrape it", async () => {
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

    describe("credentials", () => {
        /** The requests that the server received. */
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
            ["are absent by default", {}, undefined],
            ["can be a token", { bearerToken: "abc" }, "Bearer abc"],
            ["can be a password", { username: "bob", password: "pw" }, basic("bob:pw")],
            ["can be part of the URL", { url: "" }, basic("alice:s@crt")],
        ] as const) {
            it(what, async () => {
                for (const { headers } of await sent(config)) {
                    assert.equal(headers.authorization, expected);
                }
            });
        }

        it("can be custom headers", async () => {
            for (const { headers } of await sent({ headers: { "X-Scope-OrgID": "team-a" } })) {
                assert.equal(headers["x-scope-orgid"], "team-a");
            }
        });

        it("can be a token file, which is read again for each request", async () => {
            const bearerTokenFile = path.join(folder, "token");
            const { url, asked } = await serve(mesh());
            const metrics = metricsOf({ url, bearerTokenFile });
            for (const token of ["first", "second"]) {
                writeFileSync(bearerTokenFile, `${token}\n`);
                await metrics.fetch(90);
                assert.equal(asked.at(-1)?.headers.authorization, `Bearer ${token}`);
            }
        });

        it("can be a client certificate, with a custom certificate authority", async () => {
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

    it("keeps a path in the URL", async () => {
        const server = await serve(mesh());
        await metricsOf({ url: `${server.url}/prometheus/` }).fetch(90);
        assert.equal(server.asked[0]?.path, "/prometheus/api/v1/query");
    });

    it("takes the URL from PROMETHEUS_URL if the config has none", async () => {
        const { url } = await serve(mesh());
        assert.ok((await metricsOf({}, {}, { PROMETHEUS_URL: url }).fetch(90)).ok);
        const none = await metricsOf({}, {}, {}).fetch(90);
        assert.deepEqual(none, {
            ok: false,
            problem: "unreachable",
            reason: "no URL; set `canary:prometheus.url` in the stack's config, or PROMETHEUS_URL",
        });
    });

    it("repeats a query once if the connection breaks", async () => {
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

    describe("custom metrics", () => {
        /** The value of a metric, given the reply to each query. */
        async function ordersOf(metric: object, replies: Record<string, Reply>) {
            const { url } = await serve(mesh(({ query }) => replies[query]));
            const metrics = [{ name: "orders", limit: 1, ...metric }];
            const found = await metricsOf({ url }, { metrics }).fetch(90);
            assert.ok(found.ok, JSON.stringify(found));
            return found.window.custom.orders;
        }
        const gauge = { query: 'rate{v="{{version}}",a="{{app}}",n="{{namespace}}"}' };
        const counter = { kind: "counter", query: "failed_{{version}}", of: "all_{{version}}" };

        it("are queried for each version", async () => {
            const value = await ordersOf(gauge, {
                'rate{v="v1",a="web",n="shop"}': { vector: [12] },
                'rate{v="v2",a="web",n="shop"}': { scalar: 7.5 },
            });
            assert.deepEqual(value, { stable: 12, canary: 7.5 });
        });

        it("count 0 for a counter that does not exist yet", async () => {
            const value = await ordersOf(counter, {
                all_v1: { vector: [900] },
                failed_v1: { vector: [3] },
            });
            assert.deepEqual(value, { canary: 0, canaryOf: 0, stable: 3, stableOf: 900 });
        });

        it("have a problem of their own", async () => {
            const bad = { status: 400, body: '{"status":"error","error":"unknown function"}' };
            for (const [replies, reason] of [
                [{ all_v1: { vector: [1, 2] } }, /^all_v1: expected one value, got 2\./],
                [{}, /^all_{{version}}: no value for either version$/],
                [{ all_v1: { vector: ["NaN"] } }, /^all_{{version}}: no value for either/],
                [{ all_v1: bad }, /^all_v1: .* answered 400: unknown function$/],
            ] as const) {
                assert.match((await ordersOf(counter, replies))?.problem ?? "", reason);
            }
        });
    });
});

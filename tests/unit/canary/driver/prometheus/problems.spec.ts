// The problem that the driver reports for each kind of failure of Prometheus.
import assert from "node:assert/strict";
import {
    isFor,
    looking,
    mesh,
    NOW,
    REQUESTS,
    scraped,
} from "../../../../fixtures/analysis/metricsLooks";
import { type Replies, startPrometheus } from "../../../../fixtures/analysis/prometheusServer";

describe("prometheusMetrics without counts", () => {
    const { serve, metricsOf, look, problemOf, always, close } = looking();
    afterEach(close);
    describe("unreachable", () => {
        it("is reported if nothing listens", async () => {
            const { url, close } = await startPrometheus(mesh());
            await close();
            assert.deepEqual(await metricsOf({ url }).fetch(90), {
                ok: false,
                problem: "unreachable",
                reason: `${url}: connection refused`,
            });
        });

        it("is reported if there is no answer in time", async () => {
            const { problem, reason } = await problemOf(() => "never", { timeout: "1s" });
            assert.deepEqual([problem, reason], ["unreachable", "URL: no answer within 1s"]);
        });

        it("is reported if the driver cancels the query", async () => {
            const { url } = await serve(() => "never");
            const found = await metricsOf({ url }).fetch(90, AbortSignal.timeout(50));
            assert.deepEqual(found, {
                ok: false,
                problem: "unreachable",
                reason: `${url}: the driver cancelled the query`,
            });
        });

        it("is reported if Prometheus fails, with its message", async () => {
            const body = JSON.stringify({ status: "error", error: "query timed out" });
            assert.deepEqual(await always({ status: 503, body }), {
                ok: false,
                problem: "unreachable",
                reason: "URL answered 503: query timed out",
            });
        });

        it("is reported if a credentials file cannot be read", async () => {
            const { problem, reason } = await problemOf(mesh(), { bearerTokenFile: "/none" });
            assert.equal(problem, "unreachable");
            assert.equal(reason, "canary:prometheus.bearerTokenFile: could not read /none: ENOENT");
        });
    });

    describe("refused", () => {
        it("is reported if Prometheus rejects the credentials", async () => {
            const { problem, reason } = await always({ status: 401, body: "<h1>Who?</h1>" });
            assert.equal(problem, "refused");
            assert.match(reason, /^URL answered 401: Who\?; check `bearerToken`,/);
        });

        it("is reported if Prometheus rejects the query, with its message", async () => {
            const error = "exceeded maximum resolution";
            const body = JSON.stringify({ status: "error", errorType: "bad_data", error });
            const { problem, reason } = await always({ status: 400, body });
            assert.deepEqual([problem, reason], ["refused", `URL answered 400: ${error}`]);
        });

        it("is reported for a redirect to a login page", async () => {
            const headers = { location: "https://login.example.com/?next=x" };
            const { problem, reason } = await always({ status: 302, body: "", headers });
            assert.equal(problem, "refused");
            assert.match(reason, /^URL answered 302, a redirect to https:\/\/login.example.com,/);
        });
    });

    describe("malformed", () => {
        for (const [what, status, body] of [
            ["a page", 200, "<html><body>Hello</body></html>"],
            ["a 404", 404, "404 page not found"],
            ["other JSON", 200, '{"status":"success","data":{"resultType":"x"}}'],
            [
                "a sample without a number",
                200,
                '{"status":"success","data":{"resultType":"scalar","result":[1,2]}}',
            ],
        ] as const) {
            it(`is reported for ${what}`, async () => {
                const { problem, reason } = await always({ status, body });
                assert.equal(problem, "malformed");
                assert.match(
                    reason,
                    new RegExp(`^URL answered ${status}: .*URL/api/v1/query is its API`),
                );
            });
        }
    });

    describe("empty", () => {
        const time: Replies = ({ query }) =>
            query === "time()" ? { scalar: NOW / 1_000 } : undefined;

        it("is reported if there are no series of any service", async () => {
            const { problem, reason } = await problemOf(time);
            assert.equal(problem, "empty");
            assert.ok(
                reason.startsWith(
                    `Prometheus answers, but has no series ${REQUESTS}, and none of any other service`,
                ),
                reason,
            );
        });

        it("is reported if there are only series of other services", async () => {
            const { problem, reason } = await problemOf((asked) =>
                asked.query.startsWith("count(") ? { vector: [12] } : time(asked),
            );
            assert.equal(problem, "empty");
            assert.match(reason, /, but 12 of other services: the app has had no request/);
        });

        it("is reported if there are only series of the app's own sidecars", async () => {
            const { problem, reason } = await problemOf((asked) =>
                isFor(asked, "istio_requests_total", "destination")
                    ? { matrix: [scraped({ pod: "web-v1-a" }, [1, 2])] }
                    : time(asked),
            );
            assert.equal(problem, "empty");
            assert.match(reason, /only series of the app's own sidecars: the callers have no/);
        });
    });

    describe("stale", () => {
        it("is reported if the newest sample is older than staleAfter", async () => {
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
                    `the newest sample of ${REQUESTS} is 75s old, more than \`canary:prometheus.staleAfter\` (1m)`,
                ),
                reason,
            );
        });

        it("is reported if the newest sample is older than the queried range", async () => {
            const { problem, reason } = await problemOf((asked) => {
                if (asked.query === "time()") return { scalar: NOW / 1_000 };
                if (asked.query.startsWith("max(")) return { vector: [NOW / 1_000 - 600] };
                return undefined;
            });
            assert.equal(problem, "stale");
            assert.match(reason, /is 600s old/);
        });
    });

    describe("skewed", () => {
        for (const [side, ahead] of [
            ["ahead of", 11_000],
            ["behind", -11_000],
        ] as const) {
            it(`is reported if Prometheus' clock is more than two scrapes ${side} the driver's`, async () => {
                const at = (NOW + ahead) / 1_000;
                const { problem, reason } = await problemOf(
                    mesh(({ query }) => (query === "time()" ? { scalar: at } : undefined)),
                );
                assert.equal(problem, "skewed");
                assert.equal(
                    reason,
                    `Prometheus' clock is 11s ${side} the driver's, more than 10s; synchronize both with NTP`,
                );
            });
        }

        it("is reported if samples are from the future", async () => {
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

        it("is not reported for a smaller difference", async () => {
            const at = (NOW + 9_000) / 1_000;
            assert.ok(
                (await look(mesh(({ query }) => (query === "time()" ? { scalar: at } : undefined))))
                    .ok,
            );
        });
    });
});

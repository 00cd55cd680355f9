// The demo's input and output: requests, the client's route, the result table.
import assert from "node:assert/strict";
import { routeInDump } from "../../../../dev/sandbox/demo/clientRoute";
import { table } from "../../../../dev/sandbox/demo/demoTable";
import {
    failed,
    parseRequest,
    percentile,
    phaseFigures,
    type Request,
} from "../../../../dev/sandbox/demo/requests";

const request = (at: number, version: string, status = 200): Request => ({
    at,
    ms: at,
    status,
    version,
});

describe("parseRequest", () => {
    it("reads a request and ignores other lines of the client's log", () => {
        const line = '{"at":12,"ms":1.5,"status":200,"version":"v1"}';
        assert.deepEqual(parseRequest(line), { at: 12, ms: 1.5, status: 200, version: "v1" });
        assert.equal(parseRequest("Request Failed"), undefined);
    });
});

describe("failed", () => {
    it("counts missing responses and server errors, not client errors", () => {
        const statuses = [0, 200, 404, 500, 503, 504];
        const verdicts = statuses.map((status) => failed(request(1, "v1", status)));
        assert.deepEqual(verdicts, [true, false, false, true, true, true]);
    });
});

describe("phaseFigures", () => {
    const all = [
        request(5, "v2", 503),
        ...Array.from({ length: 90 }, (_, i) => request(10 + i, "v1")),
        ...Array.from({ length: 9 }, (_, i) => request(100 + i, "v2")),
        request(109, "", 503),
        request(110, "v2", 503),
    ];

    it("counts only the requests sent in the phase", () => {
        const figures = phaseFigures(all, 10, 110, "v2", ["v1", "v2"]);
        assert.equal(figures.requests, 100);
        assert.equal(figures.toCanary, 9);
        assert.equal(figures.share, 0.09);
        assert.equal(figures.failed, 1);
        assert.ok(figures.interval.low < 0.09 && 0.09 < figures.interval.high);
        assert.deepEqual(figures.latency.v1, { p50: 54, p99: 99 });
    });

    it("returns no share without requests", () => {
        const figures = phaseFigures([], 0, 10, "v2", ["v2"]);
        assert.ok(Number.isNaN(figures.share));
        assert.deepEqual(figures.latency.v2, { p50: undefined, p99: undefined });
    });
});

describe("percentile", () => {
    it("returns the nearest rank", () => {
        assert.equal(percentile([3, 1, 2], 0.5), 2);
        assert.equal(percentile([3, 1, 2], 0.99), 3);
        assert.equal(percentile([], 0.5), undefined);
    });
});

describe("routeInDump", () => {
    const dump = (route: object) => ({
        configs: [
            { last_updated: "2026-01-01T00:00:00.000Z", route_config: { virtual_hosts: [] } },
            {
                last_updated: "2026-01-01T00:00:01.500Z",
                route_config: {
                    virtual_hosts: [
                        { domains: ["other"], routes: [{ route: { cluster: "x" } }] },
                        {
                            domains: ["web.demo.svc.cluster.local", "web.demo"],
                            routes: [{ route: { cluster: "targeted" } }, { route }],
                        },
                    ],
                },
            },
        ],
    });
    const cluster = (subset: string) => `outbound|80|${subset}|web.demo.svc.cluster.local`;

    it("reads the weights of the last route and when the proxy applied them", () => {
        const clusters = [
            { name: cluster("v1"), weight: 75 },
            { name: cluster("v2"), weight: 25 },
        ];
        const route = routeInDump(dump({ weighted_clusters: { clusters } }), "web.demo");
        assert.deepEqual(route?.weights, { v1: 75, v2: 25 });
        assert.equal(route?.since, Date.parse("2026-01-01T00:00:01.500Z"));
        assert.equal(route?.settled, Date.parse("2026-01-01T00:00:02.000Z"));
    });

    it("takes a slot's own Service for its subset", () => {
        const clusters = ["v1", "v2"].map((slot, index) => ({
            name: `outbound|80||web-${slot}.demo.svc.cluster.local`,
            weight: [75, 25][index] ?? 0,
        }));
        const route = routeInDump(dump({ weighted_clusters: { clusters } }), "web.demo");
        assert.deepEqual(route?.weights, { v1: 75, v2: 25 });
    });

    it("reads a single destination as 100 % of the traffic", () => {
        const route = routeInDump(dump({ cluster: cluster("v1") }), "web.demo");
        assert.deepEqual(route?.weights, { v1: 100 });
    });

    it("returns undefined for a host that the proxy does not know", () => {
        assert.equal(routeInDump(dump({ cluster: cluster("v1") }), "nowhere"), undefined);
    });
});

describe("table", () => {
    it("prints each phase in one line, and whether its interval contains the weight", () => {
        const text = table([
            {
                ...phaseFigures([request(1, "v1"), request(2, "v2")], 0, 9, "v2", ["v1", "v2"]),
                name: "10 %",
                weight: 10,
                updateSeconds: 4.321,
                firstRequestSeconds: 3,
            },
        ]);
        const row = text.split("\n").at(-1);
        assert.match(row ?? "", /^10 % +4\.32 s +3\.00 s +2 +50\.00 % \(.*\) (holds|misses) 10 +/);
        assert.match(row ?? "", /1\.0\/1\.0 ms +2\.0\/2\.0 ms +0$/);
    });
});

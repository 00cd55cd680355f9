import assert from "node:assert/strict";
import { NotReady, preflight } from "../../../../../canary/driver/loop/preflight";
import type { Ports } from "../../../../../canary/driver/ports";
import type { Manifest } from "../../../../../rollout/rules";
import { fakeWorld, NO_OTHERS } from "../../../../fixtures/driver/fakeWorld";
import { istio } from "../../../../fixtures/rules/objects";

const identity = { stack: "shop", toolVersion: "0" };
const apart = (virtualServices: readonly Manifest[]) => {
    const { ports } = fakeWorld();
    const mesh = { ...ports.mesh, others: async () => ({ ...NO_OTHERS, virtualServices }) };
    return { ...ports, mesh };
};
const route = (subset: string) => ({
    hosts: ["web"],
    http: [
        {
            route: [
                { destination: { host: "web", subset } },
                { destination: { host: "web", subset: "v2" }, weight: 0 },
            ],
        },
    ],
});

describe("preflight", () => {
    it("refuses if another VirtualService has the app's host", async () => {
        const own = istio("VirtualService", "web", route("v1"));
        const older = istio("VirtualService", "older", route("v1"));
        await assert.rejects(preflight(apart([own, older]), identity), (error) => {
            assert.ok(error instanceof NotReady);
            assert.match(error.reasons.join(), /^VirtualService shop\/older: expected no other/);
            return true;
        });
        const { notes } = await preflight(apart([own]), identity);
        assert.doesNotMatch(notes.join(), /another route/);
    });

    it("refuses while the route injects a fault", async () => {
        const { ports } = fakeWorld();
        const fault = {
            resource: "VirtualService shop/web",
            path: "spec.http[1].fault.abort",
            found: { httpStatus: 503 },
            expected: "no injected fault",
            fix: "Remove the fault.",
        };
        const written = async () => ({
            shares: { v1: 100, v2: 0 },
            stable: "v1" as const,
            faults: [fault],
        });
        const mesh = { ...ports.mesh, written };
        await assert.rejects(preflight({ ...ports, mesh }, identity), (error) => {
            assert.ok(error instanceof NotReady);
            assert.deepEqual(error.reasons, [
                'VirtualService shop/web: spec.http[1].fault.abort: expected no injected fault during a rollout, got {"httpStatus":503}. Remove `fault` from the config, then run `pulumi up`.',
            ]);
            return true;
        });
    });

    it("goes on if the API server does not list other routes, and says so", async () => {
        const { ports } = fakeWorld();
        const others = () => Promise.reject(new Error("did not answer"));
        const { notes } = await preflight({ ...ports, mesh: { ...ports.mesh, others } }, identity);
        assert.match(notes.join(), /Other routes to the app could not be read: did not answer/);
    });

    it("says how many requests reach the app by another route", async () => {
        const { ports } = fakeWorld();
        const labels = { destination_version: "unknown", response_code: "200", pod: "client" };
        const samples: [number, number][] = [
            [0, 0],
            [10_000, 500],
        ];
        const window = {
            askedAt: 10_000,
            requests: [{ labels, samples }],
            durations: [],
            received: [],
            custom: {},
        };
        const metrics = { fetch: async () => ({ ok: true as const, window }) };
        const { notes } = await preflight({ ...ports, metrics }, identity);
        assert.match(notes.join(), /50 requests per second reach web by another route/);
    });

    it("names the kind that a cluster without Istio or the Gateway API lacks, and what installs it", async () => {
        const { ports } = fakeWorld();
        const without = { written: async () => undefined, hasRouteKind: async () => false };
        const reasons = async (routing: string | undefined) => {
            const { rollout, ...rest } = await ports.engine.config();
            const config = async () => ({ ...rest, rollout: { ...rollout, routing } });
            const engine = { ...ports.engine, config };
            const mesh = { ...ports.mesh, ...without };
            const error = await preflight({ ...ports, engine, mesh } as Ports, identity).catch(
                (one) => one,
            );
            assert.ok(error instanceof NotReady);
            return error.reasons.join("\n");
        };
        assert.match(
            await reasons(undefined),
            /^VirtualService shop\/web: expected the kind VirtualService of networking\.istio\.io\/v1 in the cluster, got none\. Install Istio .*run `pulumi up`\.$/,
        );
        assert.match(
            await reasons("gateway-api"),
            /^HTTPRoute shop\/web: expected the kind HTTPRoute of gateway\.networking\.k8s\.io\/v1 in the cluster, got none\. Install the Gateway API /,
        );
    });

    it("says that the route is missing if the kind is there, or the API server does not tell", async () => {
        const { ports } = fakeWorld();
        for (const hasRouteKind of [async () => true, () => Promise.reject(new Error("403"))]) {
            const mesh = { ...ports.mesh, written: async () => undefined, hasRouteKind };
            await assert.rejects(
                preflight({ ...ports, mesh }, identity),
                /VirtualService shop\/web: expected weight 0, as in .*, got none\. Run `pulumi up`/,
            );
        }
    });

    it("refuses a canary that an autoscaler has scaled to zero", async () => {
        const { ports } = fakeWorld();
        const mesh = { ...ports.mesh, pods: async () => ({ ready: 0, wanted: 0 }) };
        await assert.rejects(
            preflight({ ...ports, mesh }, identity),
            /Deployment shop\/web-v2: expected at least 1 replica before it gets requests, got 0/,
        );
    });
});

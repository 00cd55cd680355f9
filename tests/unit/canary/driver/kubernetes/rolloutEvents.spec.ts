import assert from "node:assert/strict";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { ApiError, type Objects } from "../../../../../canary/driver/kubernetes/kubernetes";
import { rolloutEvents } from "../../../../../canary/driver/kubernetes/rolloutEvents";
import { systemClock } from "../../../../../canary/driver/systemClock";
import { BACK, ROUTED, sampleRecord, watch } from "../../../../fixtures/analysis/rolloutRecords";

interface Written {
    readonly metadata: { readonly name: string };
    readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
    readonly type: string;
    readonly reason: string;
    readonly note: string;
    readonly eventTime: string;
}

const PLACE = { namespace: "shop", app: "web" };

async function eventsOf(create: () => Promise<unknown>, ...records: readonly RecordBody[]) {
    const written: Written[] = [];
    let asked = 0;
    const cluster: Objects = {
        read: async (_, __, name) =>
            name === "web-v1" ? undefined : { metadata: { uid: `uid of ${name}` } },
        create: async (resource, namespace, body) => {
            asked++;
            assert.deepEqual([resource.group, namespace], ["events.k8s.io", "shop"]);
            await create();
            written.push(body as Written);
        },
        patch: async () => assert.fail("an Event is never changed"),
    };
    const events = rolloutEvents(cluster, PLACE, systemClock);
    watch(events, ...records);
    const problem = await events.flush(1_000);
    return { written, asked, problem };
}

describe("rolloutEvents", () => {
    const records = [...ROUTED, sampleRecord(), ...BACK];

    it("writes the start, each weight, the verdict and the end, on each object that exists", async () => {
        const { written, problem } = await eventsOf(async () => undefined, ...records);
        assert.equal(problem, undefined);
        const lines = written.map(
            ({ type, reason, regarding: { kind, name }, note }) =>
                `${type} ${reason} ${kind}/${name}: ${note}`,
        );
        assert.deepEqual(
            lines.filter((line) => line.includes("VirtualService")),
            [
                "Normal RolloutStarted VirtualService/web: web-20261121T131200Z: v1 → v2, weights 10, 25, 50, 100",
                "Normal CanaryWeightRouted VirtualService/web: Callers have weight 10.",
                "Warning RollingBack VirtualService/web: errors: 40 of 210 failed",
                "Warning RolloutRolledBack VirtualService/web: errors: 40 of 210 failed",
            ],
        );
        assert.equal(lines.filter((line) => line.includes("Deployment/web-v2")).length, 4);
        assert.equal(lines.filter((line) => line.includes("web-v1")).length, 0);
        assert.equal(new Set(written.map(({ metadata }) => metadata.name)).size, written.length);
        assert.equal(written[0]?.regarding.uid, "uid of web");
        assert.match(written[0]?.eventTime ?? "", /^2026-11-21T13:12:00\.000000Z$/);
    });

    it("keeps a note within 1,024 bytes", async () => {
        const reason = "→".repeat(5_000);
        const end: RecordBody = { type: "ended", outcome: "held", reason };
        const { written } = await eventsOf(async () => undefined, ...ROUTED, end);
        assert.ok(Buffer.byteLength(written.at(-1)?.note ?? "") <= 1_024);
    });

    it("asks no more once it was refused, and says why", async () => {
        const refuse = async () => {
            throw new ApiError(403, "The API server answered 403: forbidden");
        };
        const { asked, problem } = await eventsOf(refuse, ...records);
        assert.deepEqual([asked, problem], [1, "The API server answered 403: forbidden"]);
    });

    it("does not wait for an API server that does not answer", async () => {
        const cluster: Objects = {
            read: () => new Promise(() => undefined),
            create: async () => assert.fail("nothing to write"),
            patch: async () => assert.fail("nothing to write"),
        };
        const events = rolloutEvents(cluster, PLACE, systemClock);
        watch(events, ...records);
        assert.equal(await events.flush(10), "the API server has not answered yet");
    });
});

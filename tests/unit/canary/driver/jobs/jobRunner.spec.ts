// The Jobs of metrics: their names, what they become, and what they leave behind.
import assert from "node:assert/strict";
import type { V1PodStatus } from "@kubernetes/client-node";
import { checkDriverConfig } from "../../../../../canary/analysis/config/driverConfig";
import type { JobMetric } from "../../../../../canary/analysis/config/metrics/jobMetric";
import { jobName, jobObject } from "../../../../../canary/driver/jobs/jobObject";
import { JobRunner } from "../../../../../canary/driver/jobs/jobRunner";
import { ApiError, type Resource } from "../../../../../canary/driver/kubernetes/kubernetes";
import { at } from "../../../../../rollout/config/unknown";

const PLACE = { app: "web", namespace: "shop", version: "v2" } as const;
const LOOK = { rollout: "web-20261121T131200Z", routedAt: 1_000, index: 0 };
const ENDED_AT = "2026-11-21T13:15:00Z";

function jobMetric(more: object = {}): JobMetric {
    const one = { name: "smoke", provider: "job", image: "smoke:{{version}}", ...more };
    const checked = checkDriverConfig({ analysis: { metrics: [one] } });
    assert.ok(checked.ok, JSON.stringify(checked));
    return checked.config.analysis.metrics[0] as JobMetric;
}

/** A cluster in memory with a Lease, in which Jobs end as a test says. */
function cluster(status?: object, pod?: V1PodStatus, log: string | Error = "") {
    const jobs = new Map<string, object>();
    let created = 0;
    return {
        jobs,
        created: () => created,
        read: async ({ plural }: Resource, _: string, name: string) => {
            if (plural === "leases") return { metadata: { uid: "u-1" } };
            const job = jobs.get(name);
            return job && { ...job, status };
        },
        create: async (_: Resource, __: string, body: object) => {
            const name = String(at(body, "metadata", "name"));
            if (jobs.has(name)) throw new ApiError(409, "exists");
            created++;
            jobs.set(name, body);
        },
        listNames: async (_: Resource, __: string, selector: string) => {
            assert.equal(selector, `istio-canary.dev/rollout=${LOOK.rollout}`);
            return [...jobs.keys()];
        },
        delete: async (_: Resource, __: string, name: string) => {
            jobs.delete(name);
        },
        listPods: async () =>
            pod === undefined
                ? []
                : [{ name: "web-smoke-pod", labels: {}, isRunning: false, status: pod }],
        podLog: async () => {
            if (log instanceof Error) throw log;
            return log;
        },
    };
}

const condition = (type: string) => ({
    conditions: [{ type, status: "True", lastTransitionTime: ENDED_AT }],
});
const ended = (state: object, more: object = {}) =>
    ({ phase: "Failed", containerStatuses: [{ name: "metric", state }], ...more }) as V1PodStatus;
const exit = (exitCode: number, reason = "Error") => ({ terminated: { exitCode, reason } });

async function second(world: ReturnType<typeof cluster>) {
    const runner = new JobRunner(world);
    await runner.look(jobMetric(), PLACE, LOOK);
    return runner.look(jobMetric(), PLACE, LOOK);
}

describe("the Job of a metric", () => {
    it("has the same name for the same look, and another for each other", () => {
        const name = jobName("web", "smoke", LOOK);
        assert.match(name, /^web-smoke-[0-9a-f]{8}$/);
        assert.equal(jobName("web", "smoke", { ...LOOK }), name);
        const others = [
            { ...LOOK, index: 1 },
            { ...LOOK, routedAt: 2 },
            { ...LOOK, rollout: "x" },
        ].map((look) => jobName("web", "smoke", look));
        assert.equal(new Set([name, ...others]).size, 4);
    });

    it("has a name that its pod's name has room for", () => {
        const name = jobName("a".repeat(40), "Smoke_Test-".repeat(5), LOOK);
        assert.match(name, /^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$/);
    });

    it("belongs to the driver's Lease, ends by itself, and gets no requests of the app", () => {
        const owner = { apiVersion: "v1", kind: "Lease", name: "web-canary", uid: "u-1" };
        const job = jobObject(jobMetric({ timeout: "2m" }), PLACE, LOOK, owner);
        assert.deepEqual(at(job, "metadata", "ownerReferences"), [owner]);
        assert.equal(at(job, "spec", "backoffLimit"), 0);
        assert.equal(at(job, "spec", "ttlSecondsAfterFinished"), 86_400);
        assert.equal(at(job, "spec", "template", "spec", "activeDeadlineSeconds"), 120);
        const labels = at(job, "spec", "template", "metadata", "labels");
        assert.deepEqual(labels, {
            "istio-canary.dev/rollout": LOOK.rollout,
            "istio-canary.dev/metric": "smoke",
            "sidecar.istio.io/inject": "false",
        });
    });

    it("is created once, with the version in its image", async () => {
        const world = cluster();
        const runner = new JobRunner(world);
        await runner.look(jobMetric(), PLACE, LOOK);
        const { detail } = await new JobRunner(world).look(jobMetric(), PLACE, LOOK);
        assert.equal(world.created(), 1);
        assert.match(detail ?? "", /^Job web-smoke-\w{8} is running$/);
        const [job] = world.jobs.values();
        assert.equal(at(job, "spec", "template", "spec", "containers", 0, "image"), "smoke:v2");
    });

    it("passes if it completes", async () => {
        const found = await second(cluster(condition("Complete")));
        assert.deepEqual([found.canary, found.at], [0, Date.parse(ENDED_AT)]);
    });

    it("fails with its exit code and its last lines", async () => {
        const log = "GET / 500\n  expected 200\n";
        const found = await second(cluster(condition("Failed"), ended(exit(3)), log));
        assert.equal(found.canary, 1);
        assert.match(
            found.detail ?? "",
            /^Job \S+ ended with exit code 3: GET \/ 500 expected 200$/,
        );
    });

    it("fails without its log if that cannot be read", async () => {
        const denied = new ApiError(403, "pods/log is forbidden");
        const found = await second(cluster(condition("Failed"), ended(exit(1)), denied));
        assert.equal(found.canary, 1);
        assert.match(found.detail ?? "", /exit code 1; its log could not be read: pods\/log/);
    });

    it("fails if it does not finish in time", async () => {
        const pod = ended(exit(137), { reason: "DeadlineExceeded" });
        const found = await second(cluster(condition("Failed"), pod, "waiting"));
        assert.match(found.detail ?? "", /did not finish in time: waiting$/);
    });

    const missing = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
    for (const [what, pod, expected] of [
        ["an image that cannot be pulled", ended(missing), /ImagePullBackOff: no such image/],
        [
            "a pull that exceeds the timeout",
            ended(missing, { reason: "DeadlineExceeded" }),
            /could not run: ImagePullBackOff/,
        ],
        [
            "a command that does not exist",
            ended(exit(128, "StartError")),
            /could not run: StartError/,
        ],
        ["a pod that is gone", undefined, /could not run: its pod is gone/],
    ] as const) {
        it(`does not fail the canary for ${what}`, async () => {
            const found = await second(cluster(condition("Failed"), pod));
            assert.equal(found.canary, undefined);
            assert.match(found.problem ?? "", expected);
        });
    }

    it("says why it waits, also once Kubernetes has forgotten it", async () => {
        const status: { conditions?: object[] } = {};
        const pod = { phase: "Pending", containerStatuses: [{ name: "metric", state: missing }] };
        const world = cluster(status, pod as V1PodStatus);
        const runner = new JobRunner(world);
        await runner.look(jobMetric(), PLACE, LOOK);
        const { detail } = await runner.look(jobMetric(), PLACE, LOOK);
        assert.match(detail ?? "", /waits: ImagePullBackOff: no such image$/);
        Object.assign(status, condition("Failed"));
        pod.containerStatuses[0] = {
            name: "metric",
            state: exit(137, "ContainerStatusUnknown"),
        } as never;
        const { problem } = await runner.look(jobMetric(), PLACE, LOOK);
        assert.match(problem ?? "", /could not run: ImagePullBackOff: no such image\. To run/);
    });

    it("is deleted at the end of its rollout", async () => {
        const world = cluster();
        const runner = new JobRunner(world);
        await runner.look(jobMetric(), PLACE, LOOK);
        await runner.deleteAll("shop", LOOK.rollout);
        assert.equal(world.jobs.size, 0);
    });
});

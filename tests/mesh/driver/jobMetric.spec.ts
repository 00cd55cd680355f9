// The Jobs of metrics on the real cluster: what they decide, and that nothing of them is left.
import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../canary/analysis/config/driverConfig";
import type { JobMetric } from "../../../canary/analysis/config/metrics/jobMetric";
import type { CustomValue } from "../../../canary/analysis/counts/observation";
import { JobRunner } from "../../../canary/driver/jobs/jobRunner";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesLease } from "../../../canary/driver/lease/lease";
import { systemClock } from "../../../canary/driver/systemClock";
import { fortioImage } from "../../../dev/sandbox/images/recipes";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";

const namespace = "mesh-jobs";
const place = { namespace, app: "web", version: "v2" } as const;
const look = { rollout: "web-20261121T131200Z", routedAt: 1_000, index: 0 };

function job(name: string, more: object): JobMetric {
    const one = { name, provider: "job", image: fortioImage, timeout: "20s", ...more };
    const checked = checkDriverConfig({ analysis: { metrics: [one] } });
    assert.ok(checked.ok, JSON.stringify(checked));
    return checked.config.analysis.metrics[0] as JobMetric;
}

const fortio = (...args: string[]) => ({ command: ["/usr/local/bin/fortio", ...args] });
const METRICS = [
    job("passes", fortio("version")),
    job("fails", fortio("curl", "-timeout", "1s", "http://127.0.0.1:9/{{version}}")),
    job("hangs", { ...fortio("server"), timeout: "6s" }),
    job("missing", { image: "localhost/no-such-image:1", timeout: "10s" }),
];

describe("the Jobs of metrics", () => {
    const before_ = { ...process.env };
    let cluster: Cluster;
    let kubernetes: Kubernetes;
    let values: Record<string, CustomValue>;

    const names = async () =>
        (await cluster.kubectl("get", "jobs,pods", "-n", namespace, "-o", "name"))
            .split("\n")
            .filter(Boolean);

    before(async () => {
        cluster = sandboxCluster();
        Object.assign(process.env, cluster.env);
        kubernetes = new Kubernetes({});
        await cluster.createNamespace(namespace);
        const lease = kubernetesLease(kubernetes, place, systemClock);
        await lease.acquire();
        await lease.release();
        // Two drivers in turn, as after a crash.
        for (const metric of METRICS) {
            await new JobRunner(kubernetes).look(metric, place, look);
        }
        const runner = new JobRunner(kubernetes);
        values = Object.fromEntries(
            await Promise.all(
                METRICS.map(async (metric) => {
                    const value = await eventually(
                        `the end of ${metric.name}`,
                        60,
                        () => runner.look(metric, place, look),
                        ({ at, problem }) => at !== undefined || problem !== undefined,
                    );
                    return [metric.name, value] as const;
                }),
            ),
        );
    });

    after(async () => {
        await cluster?.removeNamespace(namespace);
        for (const key of Object.keys(process.env)) {
            if (!(key in before_)) delete process.env[key];
        }
        Object.assign(process.env, before_);
    });

    it("create one Job each, also if the driver was restarted", async () => {
        const jobs = (await names()).filter((name) => name.startsWith("job."));
        assert.equal(jobs.length, METRICS.length, jobs.join(" "));
    });

    it("pass with exit code 0", () => {
        assert.equal(values.passes?.canary, 0);
    });

    it("fail with another, and show the end of the log", () => {
        assert.equal(values.fails?.canary, 1);
        assert.match(
            values.fails?.detail ?? "",
            /exit code 1: .*127\.0\.0\.1:9.*connection refused/,
        );
    });

    it("fail if they do not finish in time", () => {
        assert.equal(values.hangs?.canary, 1);
        assert.match(values.hangs?.detail ?? "", /did not finish in time: .*fortio/);
    });

    it("say nothing about the canary if the image cannot be pulled", () => {
        assert.equal(values.missing?.canary, undefined);
        assert.match(
            values.missing?.problem ?? "",
            /could not run: (ErrImagePull|ImagePullBackOff)/,
        );
    });

    it("leave nothing behind", async () => {
        await new JobRunner(kubernetes).deleteAll(namespace, look.rollout);
        await eventually("no Jobs and pods", 30, names, (left) => left.length === 0);
    });
});

import assert from "node:assert/strict";
import { CanaryRollout, type VersionArgs } from "../../components";
import { registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs } from "../fixtures/rollout/rollout";

async function registered(v2: Partial<VersionArgs>) {
    const versions = { v1: { image: "web:1" }, v2: { image: "web:2", ...v2 } };
    const all = await registeredBy(() => {
        new CanaryRollout("web", validArgs({ versions }));
    });
    return [...all.values()].filter(({ parent }) => parent === "web-v2");
}

describe("VersionWorkload", () => {
    it("creates a separate resource for each content of config, before the pods that read it", async () => {
        const one = await registered({ config: { env: { A: "1" } } });
        const [map] = one.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap");
        assert.ok(map);
        assert.match(map.name, /^web-v2-config-[0-9a-f]{8}$/);
        const deployment = one.find(({ name }) => name === "web-v2-deployment");
        for (const name of ["web-service", "web-v2-account", map.name]) {
            assert.ok(deployment?.dependsOn.includes(name), name);
        }
        const other = await registered({ config: { env: { A: "2" } } });
        assert.ok(other.every(({ name }) => name !== map.name));
    });

    it("ignores changes of replicas only with an autoscaler", async () => {
        const scaled = await registered({ autoscaling: { maxReplicas: 3, cpu: 70 } });
        const ignored = (all: typeof scaled) =>
            all.find(({ name }) => name === "web-v2-deployment")?.ignoreChanges;
        assert.deepEqual(ignored(scaled), ["spec.replicas"]);
        const external = await registered({ autoscaling: { external: true } });
        assert.deepEqual(ignored(external), ["spec.replicas"]);
        assert.ok(external.every(({ type }) => !type.endsWith(":HorizontalPodAutoscaler")));
        assert.deepEqual(ignored(await registered({})), []);
    });

    it("creates autoscaler and disruption budget after the Deployment", async () => {
        const all = await registered({
            autoscaling: { maxReplicas: 3, cpu: 70 },
            disruptionBudget: {},
        });
        for (const [name, type] of [
            ["web-v2-autoscaler", "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"],
            ["web-v2-budget", "kubernetes:policy/v1:PodDisruptionBudget"],
        ]) {
            const found = all.find((one) => one.name === name);
            assert.equal(found?.type, type);
            assert.ok(found?.dependsOn.includes("web-v2-deployment"));
        }
    });
});

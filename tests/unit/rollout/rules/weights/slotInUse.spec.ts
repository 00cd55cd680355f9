import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { slotInUse } from "../../../../../rollout/rules/weights/slotInUse";
import { textsOf } from "../../../../fixtures/rules/findings";

const IDLE = { replicas: 1, changes: [] };
const IMAGE = { path: "spec.containers[0].image", before: "web:2", after: "web:3" };

/** Findings if this update changes the weight of v2 from `before` to `now` and the pods to `slots`. */
function texts(before: number, now: number, slots: unknown, stable = "v1"): string[] {
    const spec = {
        route: "demo/web",
        shares: { v1: 100 - now, v2: now },
        stable,
        slots,
        last: { shares: { v1: 100 - before, v2: before }, stable },
    };
    return textsOf(slotInUse, [{ apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec }]);
}

describe("slot-in-use", () => {
    it("passes an update that changes no pods", () => {
        assert.deepEqual(texts(10, 25, { v1: IDLE, v2: IDLE }), []);
    });

    it("passes another image in a slot that had no requests, at any new weight", () => {
        const slots = { v1: IDLE, v2: { replicas: 1, changes: [IMAGE] } };
        assert.deepEqual(texts(0, 0, slots), []);
        assert.deepEqual(texts(0, 10, slots), []);
    });

    it("refuses another image in a canary with requests", () => {
        const slots = { v1: IDLE, v2: { replicas: 1, changes: [IMAGE] } };
        const refusal =
            'Deployment demo/web-v2: spec.template.spec.containers[0].image: expected "web:2" (unchanged), because the last update gave slot v2 10 % of the requests, got "web:3". Set `weight` to 0 in a separate update, then change `versions.v2`.';
        assert.deepEqual(texts(10, 25, slots), [refusal]);
        assert.deepEqual(texts(10, 0, slots), [refusal]);
    });

    it("refuses another image in the stable slot, and names the other slot", () => {
        const slots = { v1: { replicas: 3, changes: [IMAGE] }, v2: IDLE };
        assert.deepEqual(texts(0, 0, slots), [
            'Deployment demo/web-v1: spec.template.spec.containers[0].image: expected "web:2" (unchanged), because the last update gave slot v1 100 % of the requests, got "web:3". Put the new version into `versions.v2` and raise its weight along the ladder. You can change `versions.v1` once v2 is stable.',
        ]);
    });

    it("names every changed, added and removed field", () => {
        const changes = [
            { path: "spec.a", after: 1 },
            { path: "spec.b", before: 2 },
        ];
        const [added, removed] = texts(10, 10, { v1: IDLE, v2: { replicas: 1, changes } });
        assert.match(added ?? "", /spec\.a: expected nothing \(unchanged\), because .*, got 1/);
        assert.match(removed ?? "", /spec\.b: expected 2 \(unchanged\), because .*, got nothing/);
    });

    it("refuses another workload of somebody else in a slot with requests", () => {
        const changes = [{ path: "workloadRef.name", before: "web-green", after: "web-red" }];
        const v2 = { workload: "Deployment demo/web-red", changes };
        assert.deepEqual(texts(0, 10, { v1: IDLE, v2 }), []);
        assert.deepEqual(texts(10, 10, { v1: IDLE, v2 }), [
            'Deployment demo/web-red: versions.v2.workloadRef.name: expected "web-green" (unchanged), because the last update gave slot v2 10 % of the requests, got "web-red". Set `weight` to 0 in a separate update, then change `versions.v2`.',
        ]);
    });

    it("refuses to remove a slot that had requests", () => {
        assert.deepEqual(texts(25, 0, { v1: IDLE }), [
            "Deployment demo/web-v2: versions.v2: expected the version that slot v2 runs, because the last update gave slot v2 25 % of the requests, got nothing. Set `weight` to 0 in a separate update, then change `versions.v2`.",
        ]);
        assert.deepEqual(texts(0, 0, { v1: IDLE }), []);
    });

    it("refuses 0 replicas, and leaves a slot that still has weight to weight-capacity", () => {
        const slots = { v1: IDLE, v2: { replicas: 0, changes: [] } };
        assert.deepEqual(texts(25, 0, slots), [
            "Deployment demo/web-v2: spec.replicas: expected at least 1, because the last update gave slot v2 25 % of the requests, got 0. Set `weight` to 0 in a separate update, then change `versions.v2`.",
        ]);
        assert.deepEqual(texts(25, 25, slots), []);
        assert.deepEqual(texts(0, 0, slots), []);
    });

    it("does not blame the user for another release's pod template", () => {
        const other = { replicas: 1, changes: "Written otherwise." };
        assert.deepEqual(texts(0, 0, { v1: other, v2: other }), [
            "Deployment demo/web-v1: spec.template: expected an unchanged pod template, because the last update gave slot v1 100 % of the requests, got an unknown value. Written otherwise.",
        ]);
    });

    const stepAfter = (last: unknown) => {
        const spec = { route: "demo/web", shares: { v1: 100, v2: 0 }, slots: {}, last };
        return { apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec };
    };

    it("leaves a last update that cannot be read to weight-step", () => {
        for (const last of ["no access", undefined]) {
            assert.deepEqual(textsOf(slotInUse, [stepAfter(last)]), []);
        }
        assert.deepEqual(texts(10, 10, undefined), []);
    });

    it("reports unknown values", () => {
        const unknown = /an unknown value/;
        for (const found of [
            textsOf(slotInUse, [stepAfter(UNKNOWN)]),
            texts(10, 10, UNKNOWN),
            texts(10, 10, { v1: IDLE, v2: UNKNOWN }),
        ]) {
            assert.ok(found.length > 0);
            for (const text of found) assert.match(text, unknown);
        }
    });

    describe("with rollouts of the previous update", () => {
        const urn = "urn:pulumi:dev::shop::istio-canary:index:CanaryRollout::web";
        const web = { route: "demo/web", urn, shares: { v1: 100, v2: 0 } };
        const stepOf = (route: string, others: unknown[] = []) => ({
            apiVersion: "istio-canary.dev/v1",
            kind: "CanaryRollout",
            spec: { route, others, shares: { v1: 100, v2: 0 }, slots: {} },
        });

        it("passes those that the program still has", () => {
            const steps = [stepOf("demo/web"), stepOf("demo/cart", [web])];
            assert.deepEqual(textsOf(slotInUse, steps), []);
        });

        it("refuses to drop one or to rename its app, and reports it once", () => {
            const refusal = `Deployment demo/web-v1: versions.v1: expected a CanaryRollout of the app demo/web, because the last update gave slot v1 100 % of the requests, got nothing. Keep its \`app\` and \`namespace\`. To delete the app, run \`pulumi destroy --target '${urn}' --target-dependents\` first.`;
            const steps = [stepOf("demo/cart", [web]), stepOf("demo/shop", [web])];
            assert.deepEqual(textsOf(slotInUse, steps), [refusal]);
        });
    });
});

import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { slotInUse } from "../../../../../rollout/rules/weights/slotInUse";
import { textsOf } from "../../../../fixtures/rules/findings";

const IDLE = { replicas: 1, changes: [] };
const IMAGE = { path: "spec.containers[0].image", before: "web:2", after: "web:3" };

/** What the rule says when v2 had `before` % with v1 as the stable, now has `now` %, and its pods become `v2`. */
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
    it("should pass an update that changes no pods", () => {
        assert.deepEqual(texts(10, 25, { v1: IDLE, v2: IDLE }), []);
    });

    it("should pass another image in a slot that had no requests, whatever weight it gets now", () => {
        const slots = { v1: IDLE, v2: { replicas: 1, changes: [IMAGE] } };
        assert.deepEqual(texts(0, 0, slots), []);
        assert.deepEqual(texts(0, 10, slots), []);
    });

    it("should refuse another image in a canary with requests", () => {
        const slots = { v1: IDLE, v2: { replicas: 1, changes: [IMAGE] } };
        const refusal =
            'Deployment demo/web-v2: spec.template.spec.containers[0].image: expected "web:2" as before, because slot v2 got 10 % of the requests in the last update, got "web:3". Set weight to 0 in an update of its own, then change versions.v2.';
        assert.deepEqual(texts(10, 25, slots), [refusal]);
        assert.deepEqual(texts(10, 0, slots), [refusal]);
    });

    it("should refuse it in the stable, and say where it belongs", () => {
        const slots = { v1: { replicas: 3, changes: [IMAGE] }, v2: IDLE };
        assert.deepEqual(texts(0, 0, slots), [
            'Deployment demo/web-v1: spec.template.spec.containers[0].image: expected "web:2" as before, because slot v1 got 100 % of the requests in the last update, got "web:3". Put what is new into versions.v2 and take its weight up the ladder: versions.v1 is free once v2 is stable.',
        ]);
    });

    it("should name every field, those that come and go too", () => {
        const changes = [
            { path: "spec.a", after: 1 },
            { path: "spec.b", before: 2 },
        ];
        const [came, went] = texts(10, 10, { v1: IDLE, v2: { replicas: 1, changes } });
        assert.match(came ?? "", /spec\.a: expected nothing as before, because .*, got 1/);
        assert.match(went ?? "", /spec\.b: expected 2 as before, because .*, got nothing/);
    });

    it("should refuse to remove a slot that had requests", () => {
        assert.deepEqual(texts(25, 0, { v1: IDLE }), [
            "Deployment demo/web-v2: versions.v2: expected what slot v2 runs, because slot v2 got 25 % of the requests in the last update, got nothing. Set weight to 0 in an update of its own, then change versions.v2.",
        ]);
        assert.deepEqual(texts(0, 0, { v1: IDLE }), []);
    });

    it("should refuse to empty it; where it still has weight, weight-capacity says so", () => {
        const slots = { v1: IDLE, v2: { replicas: 0, changes: [] } };
        assert.deepEqual(texts(25, 0, slots), [
            "Deployment demo/web-v2: spec.replicas: expected at least 1, because slot v2 got 25 % of the requests in the last update, got 0. Set weight to 0 in an update of its own, then change versions.v2.",
        ]);
        assert.deepEqual(texts(25, 25, slots), []);
        assert.deepEqual(texts(0, 0, slots), []);
    });

    it("should not take another release's way of writing pods for the user's change", () => {
        const other = { replicas: 1, changes: "Written otherwise." };
        assert.deepEqual(texts(0, 0, { v1: other, v2: other }), [
            "Deployment demo/web-v1: spec.template: expected an unchanged pod template, because slot v1 got 100 % of the requests in the last update, got a value that is not known yet. Written otherwise.",
        ]);
    });

    const stepAfter = (last: unknown) => {
        const spec = { route: "demo/web", shares: { v1: 100, v2: 0 }, slots: {}, last };
        return { apiVersion: "istio-canary.dev/v1", kind: "CanaryRollout", spec };
    };

    it("should refuse nothing while the last update cannot be read: weight-step says so", () => {
        for (const last of ["no access", undefined]) {
            assert.deepEqual(textsOf(slotInUse, [stepAfter(last)]), []);
        }
        assert.deepEqual(texts(10, 10, undefined), []);
    });

    it("should say what it could not judge", () => {
        const unknown = /not known yet/;
        for (const found of [
            textsOf(slotInUse, [stepAfter(UNKNOWN)]),
            texts(10, 10, UNKNOWN),
            texts(10, 10, { v1: IDLE, v2: UNKNOWN }),
        ]) {
            assert.ok(found.length > 0);
            for (const text of found) assert.match(text, unknown);
        }
    });
});

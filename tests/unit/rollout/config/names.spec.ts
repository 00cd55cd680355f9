// Names from earlier releases, which clusters and stacks still contain.
import assert from "node:assert/strict";
import {
    annotationOf,
    appsOfRoute,
    isRouteOf,
    isType,
    TYPES,
} from "../../../../rollout/config/names";

describe("annotationOf", () => {
    const annotated = (annotations: Record<string, string>) => ({ metadata: { annotations } });

    it("reads the name of an earlier release", () => {
        assert.equal(annotationOf(annotated({ "rollout/stable": "v2" }), "stable"), "v2");
    });

    it("prefers the current name", () => {
        const both = annotated({ "rollout/stable": "v2", "istio-canary.dev/stable": "v1" });
        assert.equal(annotationOf(both, "stable"), "v1");
    });
});

describe("isType", () => {
    it("recognizes the same component of an earlier release, but no other component", () => {
        assert.ok(isType(TYPES.rollout, "istio-canary:index:CanaryRollout"));
        assert.ok(isType(TYPES.rollout, "rollout:index:CanaryRollout"));
        assert.ok(!isType(TYPES.rollout, "rollout:index:TrafficSplit"));
    });
});

describe("appsOfRoute", () => {
    const route = (name: string, app?: string) => ({
        metadata: { name, labels: app === undefined ? {} : { "app.kubernetes.io/name": app } },
    });

    it("reads the app from the label", () => {
        assert.deepEqual(appsOfRoute(route("web-gateway", "web")), ["web"]);
        assert.deepEqual(appsOfRoute(route("web-gateway", "web-gateway")), ["web-gateway"]);
    });

    it("guesses from the name without the label, or beside that of another tool", () => {
        assert.deepEqual(appsOfRoute(route("web")), ["web"]);
        assert.deepEqual(appsOfRoute(route("web-gateway")), ["web-gateway", "web"]);
        assert.deepEqual(appsOfRoute(route("web", "chart")), ["web"]);
    });
});

describe("isRouteOf", () => {
    it("tells the route of app web-gateway from the gateways' route of app web", () => {
        const annotations = { "istio-canary.dev/stable": "v1" };
        const route = (app: string) => ({
            metadata: {
                name: "web-gateway",
                annotations,
                labels: { "app.kubernetes.io/name": app },
            },
        });
        assert.ok(isRouteOf("web", route("web")));
        assert.ok(!isRouteOf("web", route("web-gateway")));
        assert.ok(isRouteOf("web-gateway", route("web-gateway")));
    });
});

import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { visibleSubsets } from "../../../../../rollout/rules/routing/visibleSubsets";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf, to } from "../../../../fixtures/rules/findings";

const HOST = "reviews.shop.svc.cluster.local";

function object(kind: string, namespace: string, spec: object): Manifest {
    return {
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name: "reviews", namespace },
        spec,
    };
}

const route = (exportTo?: unknown, namespace = "shop", host = HOST) =>
    object("VirtualService", namespace, {
        hosts: [host],
        http: [{ route: [to("v1", 90, host), to("v2", 10, host)] }],
        exportTo,
    });
const subsets = (exportTo?: unknown, namespace = "shop", host = HOST) =>
    object("DestinationRule", namespace, { host, exportTo });
const texts = (...manifests: Manifest[]) => textsOf(visibleSubsets, manifests);

const SAME =
    "Set the same `exportTo` in both: a caller that sees the route but not its subsets gets 503.";
const refused = (found: string, allowed: string) =>
    `DestinationRule shop/reviews: spec.exportTo: expected at least ${allowed}, as in VirtualService shop/reviews, got ${found}. ${SAME}`;

describe("visible-subsets", () => {
    it("passes subsets that are visible wherever the route is", () => {
        assert.deepEqual(texts(route(), subsets()), []);
        assert.deepEqual(texts(route(["*"]), subsets(["*"])), []);
        assert.deepEqual(texts(route(["."]), subsets(["."])), []);
        assert.deepEqual(texts(route(["."]), subsets(["shop", "web"])), []);
        assert.deepEqual(texts(route(["web"]), subsets()), []);
        assert.deepEqual(textsOf(visibleSubsets, manifestsAsData() as Manifest[]), []);
    });

    it("refuses subsets that only their own namespace sees behind a route for all namespaces", () => {
        assert.deepEqual(texts(route(), subsets(["."])), [refused('["."]', "every namespace")]);
        assert.deepEqual(texts(route(["*"]), subsets(["shop", "web"])), [
            refused('["shop","web"]', "every namespace"),
        ]);
    });

    it("refuses subsets that one of the route's namespaces does not see", () => {
        assert.deepEqual(texts(route([".", "web"]), subsets(["."])), [
            refused('["."]', "shop, web"),
        ]);
    });

    it("refuses subsets outside the namespace of the Service and the root namespace", () => {
        assert.deepEqual(texts(route(), subsets(undefined, "web")), [
            `DestinationRule web/reviews: metadata.namespace: expected shop, the namespace of ${HOST}, because VirtualService shop/reviews is visible in every namespace, got "web". Move it there: Istio ignores it here for callers in other namespaces, which get 503.`,
        ]);
    });

    it("passes a caller's own subsets behind its own route", () => {
        assert.deepEqual(texts(route(["."], "web"), subsets(["."], "web")), []);
    });

    it("passes subsets in the root namespace, whatever its name is", () => {
        assert.deepEqual(texts(route(), subsets(undefined, "istio-system")), []);
        const own = [route(), subsets(undefined, "mesh-root")];
        assert.equal(textsOf(visibleSubsets, own).length, 1);
        assert.deepEqual(textsOf(visibleSubsets, own, { rootNamespace: "mesh-root" }), []);
    });

    it("resolves short hosts, and reads subsets of external hosts", () => {
        const short = [route(["*"], "shop", "reviews"), subsets(["."], "shop", "reviews")];
        assert.deepEqual(texts(...short), [refused('["."]', "every namespace")]);
        const outside = "api.example.com";
        assert.deepEqual(texts(route(["*"], "shop", outside), subsets([], "shop", outside)), []);
    });

    it("ignores a route without subsets, and subsets of another program", () => {
        const whole = object("VirtualService", "shop", {
            http: [{ route: [to(undefined, 100, HOST)] }],
        });
        assert.deepEqual(texts(whole, subsets(["."])), []);
        assert.deepEqual(texts(route()), []);
    });

    it("reports unknown values", () => {
        assert.deepEqual(texts(route(), subsets(UNKNOWN)), [
            "DestinationRule shop/reviews: spec.exportTo: expected the namespaces of VirtualService shop/reviews, got an unknown value. The update checks this value.",
        ]);
    });
});

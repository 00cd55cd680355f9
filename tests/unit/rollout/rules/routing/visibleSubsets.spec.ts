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

const SAME = "Give both the same: a client that sees the route but not its subsets gets 503.";
const refused = (found: string, allowed: string) =>
    `DestinationRule shop/reviews: spec.exportTo: expected at least ${allowed}, as VirtualService shop/reviews has it, got ${found}. ${SAME}`;

describe("visible-subsets", () => {
    it("should pass subsets that are seen wherever the route is", () => {
        assert.deepEqual(texts(route(), subsets()), []);
        assert.deepEqual(texts(route(["*"]), subsets(["*"])), []);
        assert.deepEqual(texts(route(["."]), subsets(["."])), []);
        assert.deepEqual(texts(route(["."]), subsets(["shop", "web"])), []);
        assert.deepEqual(texts(route(["web"]), subsets()), []);
        assert.deepEqual(textsOf(visibleSubsets, manifestsAsData() as Manifest[]), []);
    });

    it("should refuse subsets of the own namespace behind a route for all", () => {
        assert.deepEqual(texts(route(), subsets(["."])), [refused('["."]', "every namespace")]);
        assert.deepEqual(texts(route(["*"]), subsets(["shop", "web"])), [
            refused('["shop","web"]', "every namespace"),
        ]);
    });

    it("should refuse subsets that one of the route's namespaces does not see", () => {
        assert.deepEqual(texts(route([".", "web"]), subsets(["."])), [
            refused('["."]', "shop, web"),
        ]);
    });

    it("should refuse subsets in a namespace that is neither the service's nor the mesh's", () => {
        assert.deepEqual(texts(route(), subsets(undefined, "web")), [
            `DestinationRule web/reviews: metadata.namespace: expected shop, the namespace of ${HOST}, because VirtualService shop/reviews is visible in every namespace, got "web". Move it there: clients elsewhere never look for it here, and get 503 from the route.`,
        ]);
    });

    it("should pass a client's own subsets behind a client's own route", () => {
        assert.deepEqual(texts(route(["."], "web"), subsets(["."], "web")), []);
    });

    it("should pass subsets in the root namespace, whatever that is called", () => {
        assert.deepEqual(texts(route(), subsets(undefined, "istio-system")), []);
        const own = [route(), subsets(undefined, "mesh-root")];
        assert.equal(textsOf(visibleSubsets, own).length, 1);
        assert.deepEqual(textsOf(visibleSubsets, own, { rootNamespace: "mesh-root" }), []);
    });

    it("should understand short hosts, and subsets of what is outside of the cluster", () => {
        const short = [route(["*"], "shop", "reviews"), subsets(["."], "shop", "reviews")];
        assert.deepEqual(texts(...short), [refused('["."]', "every namespace")]);
        const outside = "api.example.com";
        assert.deepEqual(texts(route(["*"], "shop", outside), subsets([], "shop", outside)), []);
    });

    it("should leave alone a route without subsets, and subsets of another program", () => {
        const whole = object("VirtualService", "shop", {
            http: [{ route: [to(undefined, 100, HOST)] }],
        });
        assert.deepEqual(texts(whole, subsets(["."])), []);
        assert.deepEqual(texts(route()), []);
    });

    it("should say what is not known yet", () => {
        assert.deepEqual(texts(route(), subsets(UNKNOWN)), [
            "DestinationRule shop/reviews: spec.exportTo: expected what VirtualService shop/reviews says, got a value that is not known yet. The update itself judges it.",
        ]);
    });
});

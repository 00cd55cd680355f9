import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { gatewayHosts } from "../../../../../rollout/rules/routing/gatewayHosts";
import { textsOf } from "../../../../fixtures/rules/findings";

const CLUSTER = "web.shop.svc.cluster.local";

function object(kind: string, namespace: string, name: string, spec: object): Manifest {
    return {
        apiVersion: "networking.istio.io/v1",
        kind,
        metadata: { name, namespace },
        spec,
    };
}

const route = (hosts: unknown, gateways: unknown) =>
    object("VirtualService", "shop", "web", { hosts, gateways });
const gateway = (...hosts: unknown[]) =>
    object("Gateway", "edge", "public", { servers: [{ hosts }] });
const texts = (...manifests: Manifest[]) => textsOf(gatewayHosts, manifests);

const BOUND = ["mesh", "edge/public"];
const ADD =
    "Add one of them to Gateway edge/public, or name another Gateway: this one answers 404.";

describe("gateway-hosts", () => {
    it("passes a host that the gateway serves by name, by pattern, or to this namespace", () => {
        const hosts = [CLUSTER, "shop.example.com"];
        for (const served of [
            "shop.example.com",
            "*.example.com",
            "*",
            "shop/shop.example.com",
            "*/*",
        ]) {
            assert.deepEqual(texts(route(hosts, BOUND), gateway(served)), [], served);
        }
    });

    it("refuses a gateway that serves other hosts, or only other namespaces", () => {
        for (const served of [
            "other.example.com",
            "*.shop.example.com",
            "./shop.example.com",
            "payments/shop.example.com",
        ]) {
            assert.deepEqual(texts(route(["shop.example.com"], BOUND), gateway(served)), [
                `VirtualService shop/web: spec.gateways[1]: expected a gateway that serves one of shop.example.com, got "edge/public". ${ADD}`,
            ]);
        }
    });

    it("refuses the short host of a Service at a gateway for external names", () => {
        assert.deepEqual(texts(route(["web"], ["edge/public"]), gateway("*.example.com")), [
            `VirtualService shop/web: spec.gateways[0]: expected a gateway that serves one of web, got "edge/public". ${ADD}`,
        ]);
    });

    it("refuses a host that no gateway serves", () => {
        const hosts = [CLUSTER, "shop.example.com", "shop.example.org"];
        assert.deepEqual(texts(route(hosts, BOUND), gateway("*.example.com")), [
            'VirtualService shop/web: spec.hosts[2]: expected a host that its gateways serve (*.example.com), got "shop.example.org". Add the host to a Gateway: otherwise callers outside the mesh get 404.',
        ]);
    });

    it("finds a gateway in its own namespace by the name alone", () => {
        const own = object("Gateway", "shop", "public", {
            servers: [{ hosts: ["a.example.com"] }],
        });
        assert.equal(texts(route(["b.example.com"], ["public"]), own).length, 1);
        const kept = object("Gateway", "shop", "public", {
            servers: [{ hosts: ["./a.example.com"] }],
        });
        assert.deepEqual(texts(route(["a.example.com"], ["public"]), kept), []);
        assert.equal(
            texts(route(["b.example.com"], ["public"]), gateway("a.example.com")).length,
            0,
        );
    });

    it("ignores routes that name no gateway of the program", () => {
        assert.deepEqual(texts(route(["web"], ["mesh"]), gateway("*.example.com")), []);
        assert.deepEqual(texts(route(["web"], undefined), gateway("*.example.com")), []);
        assert.deepEqual(texts(route(["b.example.com"], ["edge/other"]), gateway("a.b")), []);
        const both = route(["a.example.com", "b.example.com"], ["edge/other", "edge/public"]);
        assert.deepEqual(texts(both, gateway("a.example.com")), []);
    });

    it("reports unknown values", () => {
        const unknown =
            "VirtualService shop/web: spec.hosts: expected hosts that its gateways serve, got an unknown value. The update checks this value.";
        assert.deepEqual(texts(route(UNKNOWN, BOUND), gateway("a.b")), [unknown]);
        assert.deepEqual(texts(route(["a.b"], BOUND), gateway(UNKNOWN)), [unknown]);
        assert.deepEqual(texts(route(["a.b"], ["mesh", UNKNOWN])), [unknown]);
    });
});

import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { fullHost } from "../../../../../rollout/rules/routing/fullHost";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf, to } from "../../../../fixtures/rules/findings";

const FULL = "reviews.shop.svc.cluster.local";
const SHORT =
    "Use the full name: Istio completes a short name with the namespace of this object, not of the Service or its callers.";
const ALL = 'List the hosts: "*" also captures the requests to all other services.';

function object(kind: string, spec: object, version = "v1"): Manifest {
    return {
        apiVersion: `networking.istio.io/${version}`,
        kind,
        metadata: { name: "reviews", namespace: "shop" },
        spec,
    };
}

const texts = (kind: string, spec: object) => textsOf(fullHost, [object(kind, spec)]);

describe("full-host", () => {
    it("passes full names, external names and patterns below a domain", () => {
        const hosts = [FULL, "shop.example.com", "*.example.com"];
        const http = [{ route: [to("v1", 100, FULL)], mirror: { host: FULL } }];
        assert.deepEqual(texts("VirtualService", { hosts, http }), []);
        assert.deepEqual(texts("DestinationRule", { host: FULL }), []);
        const servers = [{ hosts: ["shop/shop.example.com", "./*.example.com"] }];
        assert.deepEqual(texts("Gateway", { servers }), []);
        assert.deepEqual(textsOf(fullHost, manifestsAsData() as Manifest[]), []);
    });

    it("reports the short hosts of a route, its destinations and its mirrors", () => {
        const http = [
            {
                route: [to("v1", 100, "reviews")],
                mirror: { host: "reviews.shop.svc" },
                mirrors: [{ destination: { host: "audit" } }],
            },
        ];
        assert.deepEqual(texts("VirtualService", { hosts: ["reviews"], http }), [
            `VirtualService shop/reviews: spec.hosts[0]: expected a fully qualified name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].route[0].destination.host: expected a fully qualified name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].mirror.host: expected a fully qualified name, such as ${FULL}, got "reviews.shop.svc". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].mirrors[0].destination.host: expected a fully qualified name, such as audit.<namespace>.svc.cluster.local, got "audit". ${SHORT}`,
        ]);
    });

    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
        it(`reports the short host of a DestinationRule in ${version}`, () => {
            const manifest = object("DestinationRule", { host: "reviews" }, version);
            assert.deepEqual(textsOf(fullHost, [manifest]), [
                `DestinationRule shop/reviews: spec.host: expected a fully qualified name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            ]);
        });
    }

    it('refuses "*", also if a Gateway serves it to one namespace', () => {
        assert.deepEqual(texts("VirtualService", { hosts: ["*"] }), [
            `VirtualService shop/reviews: spec.hosts[0]: expected specific host names, got "*". ${ALL}`,
        ]);
        assert.deepEqual(texts("Gateway", { servers: [{ hosts: ["shop/*"] }] }), [
            `Gateway shop/reviews: spec.servers[0].hosts[0]: expected specific host names, got "shop/*". ${ALL}`,
        ]);
    });

    it("reports unknown values", () => {
        const found = texts("VirtualService", { hosts: UNKNOWN });
        assert.deepEqual(found, [
            "VirtualService shop/reviews: spec.hosts: expected a fully qualified name, got an unknown value. The update checks this value.",
        ]);
    });
});

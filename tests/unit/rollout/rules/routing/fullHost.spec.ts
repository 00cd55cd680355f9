import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { fullHost } from "../../../../../rollout/rules/routing/fullHost";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf, to } from "../../../../fixtures/rules/findings";

const FULL = "reviews.shop.svc.cluster.local";
const SHORT =
    "Write it out: Istio completes a short name with the namespace of the object that it stands in, not with its clients', nor with the service's.";
const ALL = "Name the hosts: this one takes the requests of every other service too.";

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
    it("should pass full names, those of outside and patterns below a domain", () => {
        const hosts = [FULL, "shop.example.com", "*.example.com"];
        const http = [{ route: [to("v1", 100, FULL)], mirror: { host: FULL } }];
        assert.deepEqual(texts("VirtualService", { hosts, http }), []);
        assert.deepEqual(texts("DestinationRule", { host: FULL }), []);
        const servers = [{ hosts: ["shop/shop.example.com", "./*.example.com"] }];
        assert.deepEqual(texts("Gateway", { servers }), []);
        assert.deepEqual(textsOf(fullHost, manifestsAsData() as Manifest[]), []);
    });

    it("should refuse the short hosts of a route, its destinations and its mirrors", () => {
        const http = [
            {
                route: [to("v1", 100, "reviews")],
                mirror: { host: "reviews.shop.svc" },
                mirrors: [{ destination: { host: "audit" } }],
            },
        ];
        assert.deepEqual(texts("VirtualService", { hosts: ["reviews"], http }), [
            `VirtualService shop/reviews: spec.hosts[0]: expected a full name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].route[0].destination.host: expected a full name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].mirror.host: expected a full name, such as ${FULL}, got "reviews.shop.svc". ${SHORT}`,
            `VirtualService shop/reviews: spec.http[0].mirrors[0].destination.host: expected a full name, such as audit.<namespace>.svc.cluster.local, got "audit". ${SHORT}`,
        ]);
    });

    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
        it(`should refuse the short host of a DestinationRule in ${version}`, () => {
            const manifest = object("DestinationRule", { host: "reviews" }, version);
            assert.deepEqual(textsOf(fullHost, [manifest]), [
                `DestinationRule shop/reviews: spec.host: expected a full name, such as reviews.<namespace>.svc.cluster.local, got "reviews". ${SHORT}`,
            ]);
        });
    }

    it('should refuse "*", also where a Gateway serves it to one namespace', () => {
        assert.deepEqual(texts("VirtualService", { hosts: ["*"] }), [
            `VirtualService shop/reviews: spec.hosts[0]: expected names of hosts, got "*". ${ALL}`,
        ]);
        assert.deepEqual(texts("Gateway", { servers: [{ hosts: ["shop/*"] }] }), [
            `Gateway shop/reviews: spec.servers[0].hosts[0]: expected names of hosts, got "shop/*". ${ALL}`,
        ]);
    });

    it("should say what is not known yet", () => {
        const found = texts("VirtualService", { hosts: UNKNOWN });
        assert.deepEqual(found, [
            "VirtualService shop/reviews: spec.hosts: expected a full host name, got a value that is not known yet. The update itself judges it.",
        ]);
    });
});

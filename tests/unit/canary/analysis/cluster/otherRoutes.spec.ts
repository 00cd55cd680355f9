import assert from "node:assert/strict";
import {
    type ClusterObjects,
    otherObjects,
} from "../../../../../canary/analysis/cluster/otherRoutes";
import type { Manifest } from "../../../../../rollout/rules";
import { validManifests } from "../../../../fixtures/rollout/rollout";
import { istio } from "../../../../fixtures/rules/objects";

const rollout = { app: "web", namespace: "demo", mode: "istio" };
const PUBLIC = {
    hosts: ["shop.example.com"],
    gateways: ["mesh", "istio-system/public"],
};

/** What is reported beside a rollout with these objects of others. */
function found(
    others: Partial<ClusterObjects>,
    change = {},
    autoscaling: { v1?: "own" | "external" } = {},
) {
    const manifests = validManifests(change);
    const { virtualService, gatewayVirtualService, destinationRule } = manifests;
    const own = (one: unknown) => JSON.parse(JSON.stringify(one)) as Manifest;
    const routes = [virtualService, ...(gatewayVirtualService ? [gatewayVirtualService] : [])];
    return otherObjects(
        { ...rollout, autoscaling },
        {
            autoscalers: [],
            services: [],
            httpRoutes: [],
            denied: [],
            ...others,
            virtualServices: [...routes.map(own), ...(others.virtualServices ?? [])],
            destinationRules: [own(destinationRule), ...(others.destinationRules ?? [])],
        },
    );
}

const route = (host: string, destination: object = { host }) => ({
    hosts: [host],
    http: [{ route: [{ destination }] }],
});

describe("otherObjects", () => {
    const OLDER: [string, string, string][] = [
        ["by its short name", "web", "demo"],
        ["with its namespace", "web.demo", "calls"],
        ["with .svc", "web.demo.svc", "calls"],
        ["in full", "web.demo.svc.cluster.local", "calls"],
    ];
    for (const [how, host, namespace] of OLDER) {
        it(`refuses another VirtualService that has the host ${how}`, () => {
            const other = istio("VirtualService", "older", route(host), namespace);
            const { reasons } = found({ virtualServices: [other] });
            assert.equal(reasons.length, 1);
            assert.match(
                reasons[0] ?? "",
                new RegExp(
                    `^VirtualService ${namespace}/older: expected no other route to web\\.demo\\.svc\\.cluster\\.local, got hosts ${host} at gateways mesh\\. .*kubectl delete virtualservice older -n ${namespace}`,
                ),
            );
        });
    }

    it("refuses one that has a public host of the rollout at the same gateway", () => {
        const spec = { ...route("shop.example.com", { host: "web.demo.svc.cluster.local" }) };
        const other = istio("VirtualService", "shop", {
            ...spec,
            gateways: ["istio-system/public"],
        });
        const { reasons } = found({ virtualServices: [other] }, PUBLIC);
        assert.match(reasons.join(), /shop\/shop: .* at gateways istio-system\/public/);
    });

    describe("at a host that apps share", () => {
        const orders = { ...PUBLIC, match: [{ uri: { prefix: "/orders/" } }] };
        const other = (prefix: string | undefined) =>
            istio("VirtualService", "users-gateway", {
                hosts: PUBLIC.hosts,
                gateways: ["istio-system/public"],
                http: [
                    {
                        ...(prefix !== undefined && { match: [{ uri: { prefix } }] }),
                        route: [{ destination: { host: "users.shop.svc.cluster.local" } }],
                    },
                ],
            });

        it("accepts another app's part, and its catch-all", () => {
            for (const prefix of ["/users/", undefined]) {
                const objects = { virtualServices: [other(prefix)] };
                assert.deepEqual(found(objects, orders), { reasons: [], notes: [] }, prefix);
            }
        });

        it("warns of a part within the rollout's own", () => {
            const { reasons, notes } = found({ virtualServices: [other("/orders/a")] }, orders);
            assert.deepEqual(reasons, []);
            assert.match(
                notes.join(),
                /expected no requests that demo\/web has too, got hosts shop/,
            );
        });

        it("refuses the same part, and the whole host, and says how to share it", () => {
            for (const [prefix, change] of [
                ["/orders/", orders],
                [undefined, { ...PUBLIC }],
            ] as const) {
                const { reasons } = found({ virtualServices: [other(prefix)] }, change);
                assert.match(reasons.join(), /users-gateway: .*each app its part.* by `match`/);
                assert.doesNotMatch(reasons.join(), /kubectl delete/);
            }
        });
    });

    describe("of a delegate", () => {
        const delegate = { delegate: true, stableOnlyPaths: [] };
        const root = (target: object) =>
            istio("VirtualService", "root", {
                hosts: PUBLIC.hosts,
                gateways: ["istio-system/public"],
                http: [{ match: [{ uri: { prefix: "/orders/" } }], delegate: target }],
            });

        it("accepts the root", () => {
            const to = root({ name: "web-gateway", namespace: "demo" });
            assert.deepEqual(found({ virtualServices: [to] }, delegate), {
                reasons: [],
                notes: [],
            });
        });

        it("warns if there is no root", () => {
            const to = root({ name: "web-gateway" });
            const { reasons, notes } = found({ virtualServices: [to] }, delegate);
            assert.deepEqual(reasons, []);
            assert.match(notes.join(), /^VirtualService demo\/web-gateway is a delegate, but no/);
        });
    });

    it("refuses a route at any gateway that names the host but no subset", () => {
        const other = istio("VirtualService", "api", {
            ...route("api.example.com", { host: "web.demo.svc.cluster.local" }),
            gateways: ["istio-system/public"],
        });
        const { reasons } = found({ virtualServices: [other] });
        assert.match(reasons.join(), /without a subset, every version gets its share by pod count/);
    });

    it("accepts routes of other hosts, of the same name elsewhere, and with a pattern", () => {
        const others = [
            istio("VirtualService", "web", route("web"), "other"),
            istio("VirtualService", "web-api", route("web-api"), "demo"),
        ];
        assert.deepEqual(found({ virtualServices: others }), { reasons: [], notes: [] });
        const pattern = istio("VirtualService", "all", {
            ...route("*.demo.svc.cluster.local", { host: "fallback" }),
        });
        assert.deepEqual(found({ virtualServices: [pattern] }).reasons, []);
    });

    it("warns of another DestinationRule of the host", () => {
        const other = istio("DestinationRule", "limits", { host: "web" }, "demo");
        const { reasons, notes } = found({ destinationRules: [other] });
        assert.deepEqual(reasons, []);
        assert.match(notes.join(), /^DestinationRule demo\/limits is for web\.demo\.svc/);
    });

    it("refuses ports of the live Service that have no route", () => {
        const ports = [
            { name: "http", port: 80 },
            { name: "http-admin", port: 9000 },
            { name: "dns", port: 53, protocol: "UDP" },
        ];
        const service = {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "web", namespace: "demo" },
            spec: { ports },
        };
        assert.deepEqual(found({ services: [service] }).reasons, [
            "ports: expected every port of Service demo/web, got none for 9000 (http-admin). Add them to `ports`: otherwise HTTP requests to them go to another port, and connections go to both versions by the number of pods.",
        ]);
        const further = [{ name: "http-admin", port: 9000, split: false }];
        assert.deepEqual(found({ services: [service] }, { ports: further }).reasons, []);
    });

    const scaler = (kind: string, name: string, apiVersion: string): Manifest => ({
        apiVersion,
        kind,
        metadata: { name, namespace: "demo" },
        spec: { scaleTargetRef: { name: "web-v1" } },
    });
    const own = scaler("HorizontalPodAutoscaler", "web-v1", "autoscaling/v2");
    const mine = scaler("HorizontalPodAutoscaler", "mine", "autoscaling/v2");
    const keda = scaler("ScaledObject", "web-v1", "keda.sh/v1alpha1");

    it("refuses an autoscaler that the config does not leave the number of pods to", () => {
        assert.deepEqual(found({ autoscalers: [mine, keda] }).reasons, [
            "versions.v1.autoscaling: expected {external: true}, because HorizontalPodAutoscaler demo/mine and ScaledObject demo/web-v1 scales Deployment demo/web-v1, got nothing. Set it, and run `pulumi up`: updates then leave the number of pods to that autoscaler.",
        ]);
        const { reasons } = found({ autoscalers: [own, mine] }, {}, { v1: "own" });
        assert.match(
            reasons.join(),
            /HorizontalPodAutoscaler demo\/mine scales .* got an autoscaler of its own/,
        );
    });

    it("accepts the rollout's own autoscaler, and one that the config leaves it to", () => {
        assert.deepEqual(found({ autoscalers: [own] }, {}, { v1: "own" }).reasons, []);
        assert.deepEqual(found({ autoscalers: [mine, keda] }, {}, { v1: "external" }).reasons, []);
    });

    it("says where it could not look", () => {
        const { reasons, notes } = found({ denied: ["virtualservices in other namespaces"] });
        assert.deepEqual(reasons, []);
        assert.match(notes.join(), /may not list virtualservices in other namespaces/);
    });

    it("refuses a VirtualService for the host of an HTTPRoute, also one of the rollout's name", () => {
        const none = {
            httpRoutes: [],
            destinationRules: [],
            autoscalers: [],
            services: [],
            denied: [],
        };
        const about = (name: string, host: string) => {
            const virtualServices = [istio("VirtualService", name, route(host), "demo")];
            const own = { ...rollout, routing: "gateway-api" };
            return otherObjects(own, { ...none, virtualServices }).reasons;
        };
        for (const name of ["web", "older"]) {
            const [reason] = about(name, "web");
            assert.match(
                reason ?? "",
                new RegExp(
                    `^VirtualService demo/${name}: expected no other route to web[.]demo[.]`,
                ),
            );
        }
        assert.deepEqual(about("other", "api"), []);
    });
});

// The rules find the same about a rollout with an HTTPRoute as about one with a VirtualService.
import assert from "node:assert/strict";
import type { RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { at, isMapping, items } from "../../../../../rollout/config/unknown";
import { checkManifests, type Manifest } from "../../../../../rollout/rules";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";

type Change = (manifests: Manifest[]) => unknown;

/** "rule level": what the rules find after a change to the objects of a rollout at weight 25. */
function found(routing: RolloutInput["routing"], change: Change, input: Partial<RolloutInput>) {
    const manifests = manifestsAsData({ routing, weight: 25, ...input });
    change(manifests);
    const settings = {
        byRule: { "stable-only-paths": { options: { paths: ["/admin"] } } },
    } as const;
    const judgements = checkManifests(manifests, { today: "2026-11-28", settings });
    return [...new Set(judgements.map(({ rule, level }) => `${rule.id} ${level}`))].sort();
}

const named = (manifests: Manifest[], kind: string, name: string) =>
    manifests.findIndex((one) => one.kind === kind && at(one, "metadata", "name") === name);
const setReplicas = (manifests: Manifest[], name: string, replicas: number) => {
    const spec = at(manifests[named(manifests, "Deployment", name)], "spec");
    return Object.assign(spec as object, { replicas });
};
const routes = (manifests: Manifest[]): object[] => {
    const route = manifests.find(({ kind }) => kind === "HTTPRoute" || kind === "VirtualService");
    const list = at(route, "spec", "rules") ?? at(route, "spec", "http");
    return list as object[];
};
const removeFrom = (objects: readonly unknown[], ...fields: string[]) => {
    for (const object of objects.filter(isMapping)) {
        for (const field of fields) Reflect.deleteProperty(object, field);
    }
};
const policies = (manifests: Manifest[]) =>
    manifests.map((one) => at(one, "spec", "trafficPolicy")).filter(isMapping);

const cases: [string, Change, string[], Partial<RolloutInput>?][] = [
    ["nothing wrong", () => undefined, []],
    [
        "no timeout",
        (all) => removeFrom(routes(all), "timeout", "timeouts"),
        ["http-timeout mandatory"],
    ],
    [
        "no outlier detection",
        (all) => removeFrom(policies(all), "outlierDetection"),
        ["outlier-detection mandatory"],
    ],
    [
        "no connection limits",
        (all) => removeFrom(policies(all), "connectionPool"),
        ["connection-pool mandatory"],
    ],
    [
        "a canary without a Deployment",
        (all) => all.splice(named(all, "Deployment", "web-v2"), 1),
        ["weight-capacity mandatory"],
    ],
    [
        "a canary without replicas",
        (all) => setReplicas(all, "web-v2", 0),
        ["weight-capacity mandatory"],
    ],
    [
        "a canary without a readiness probe",
        (all) => {
            const canary = all[named(all, "Deployment", "web-v2")];
            const containers = items(at(canary, "spec", "template", "spec", "containers"));
            removeFrom(
                containers.map(([, one]) => one),
                "readinessProbe",
            );
        },
        ["weight-capacity mandatory"],
    ],
    [
        "a stable without replicas",
        (all) => setReplicas(all, "web-v1", 0),
        ["way-back mandatory", "weight-capacity mandatory"],
    ],
    [
        "a canary with few pods",
        (all) => setReplicas(all, "web-v1", 9),
        ["weight-replicas advisory"],
        { weight: 100 },
    ],
    [
        "two versions with one image",
        () => undefined,
        ["version-image advisory"],
        { versions: { v1: { image: "web:1", replicas: 3 }, v2: { image: "web:1" } } },
    ],
    [
        "a headless Service",
        () => undefined,
        ["headless-split mandatory"],
        { service: { spec: { clusterIP: "None" } } },
    ],
    [
        "a stable-only path that is split",
        (all) => routes(all).shift(),
        ["stable-only-paths mandatory"],
    ],
];

const HOSTS = ["shop.example.com", "m.example.com"];

/** The Gateway of an outside route, of the API that the route has. */
function gatewayOf(manifests: Manifest[], { hosts = HOSTS, plain = false, namespace = "edge" }) {
    const isApi = manifests.some(({ kind }) => kind === "HTTPRoute");
    const protocol = plain ? "HTTP" : "HTTPS";
    const tls = plain ? {} : { tls: { mode: "SIMPLE", credentialName: "a" } };
    const certificate = { mode: "Terminate", certificateRefs: [{ name: "a" }] };
    manifests.push({
        apiVersion: isApi ? "gateway.networking.k8s.io/v1" : "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "public", namespace },
        spec: isApi
            ? {
                  gatewayClassName: "istio",
                  listeners: hosts.map((hostname, index) => ({
                      name: `l${index}`,
                      port: 443,
                      protocol,
                      hostname,
                      ...(!plain && { tls: certificate }),
                      allowedRoutes: { namespaces: { from: "All" } },
                  })),
              }
            : {
                  selector: { istio: "ingressgateway" },
                  servers: [{ port: { number: 443, name: "a", protocol }, hosts, ...tls }],
              },
    });
}

/** Rules about routes for callers outside, with their names for each API. */
const outside: [string, Change, istio: string[], api: string[]][] = [
    ["a Gateway that serves its hosts", (all) => gatewayOf(all, {}), [], []],
    [
        "a misspelled Gateway",
        (all) => {
            gatewayOf(all, {});
            Object.assign(all.at(-1)?.metadata as object, { name: "publik" });
        },
        ["bound-gateway mandatory"],
        ["route-parent mandatory"],
    ],
    [
        "a Gateway of another name",
        (all) => {
            gatewayOf(all, {});
            Object.assign(all.at(-1)?.metadata as object, { name: "inside" });
        },
        ["bound-gateway advisory"],
        ["route-parent advisory"],
    ],
    [
        "a host that the Gateway does not serve",
        (all) => gatewayOf(all, { hosts: ["shop.example.com"] }),
        ["gateway-hosts mandatory"],
        ["route-parent mandatory"],
    ],
    [
        "no host that the Gateway serves",
        (all) => gatewayOf(all, { hosts: ["api.example.com"] }),
        ["gateway-hosts mandatory"],
        ["route-parent mandatory"],
    ],
    [
        "plain text without a redirect",
        (all) => gatewayOf(all, { plain: true }),
        ["plaintext-redirect mandatory"],
        ["plaintext-redirect mandatory"],
    ],
    [
        "no route for callers inside",
        (all) => {
            gatewayOf(all, {});
            const route = all.find(({ kind }) => /HTTPRoute|VirtualService/.test(kind));
            const parents = at(route, "spec", "parentRefs") ?? at(route, "spec", "gateways");
            // The Service, or `mesh`.
            (parents as unknown[]).shift();
        },
        ["inside-callers advisory"],
        ["inside-callers advisory"],
    ],
];

describe("rules about an HTTPRoute", () => {
    for (const [what, change, expected, input = {}] of cases) {
        it(`find the same as about a VirtualService: ${what}`, () => {
            assert.deepEqual(found("istio", change, input), expected);
            assert.deepEqual(found("gateway-api", change, input), expected);
        });
    }

    for (const [what, change, istio, api] of outside) {
        it(`find the same as about a VirtualService of a Gateway: ${what}`, () => {
            const input = { hosts: HOSTS, gateways: ["mesh", "edge/public"] };
            assert.deepEqual(found("istio", change, input), istio);
            assert.deepEqual(found("gateway-api", change, input), api);
        });
    }
});

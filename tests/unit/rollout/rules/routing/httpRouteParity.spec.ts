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

describe("rules about an HTTPRoute", () => {
    for (const [what, change, expected, input = {}] of cases) {
        it(`find the same as about a VirtualService: ${what}`, () => {
            assert.deepEqual(found("istio", change, input), expected);
            assert.deepEqual(found("gateway-api", change, input), expected);
        });
    }
});

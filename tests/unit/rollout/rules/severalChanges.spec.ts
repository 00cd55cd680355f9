// Cases that need several changes to the valid program. tests/fixtures/cases has the others.
import assert from "node:assert/strict";
import { findingsOf, rules, UNKNOWN } from "../../../../rollout/rules";
import { findingText } from "../../../../rollout/rules/findingText";
import { type Change, changed } from "../../../fixtures/rules/ruleCases";
import { world } from "../../../fixtures/rules/world";

const host = "reviews.shop.svc.cluster.local";
const to = (subset: string, weight?: number) => ({ destination: { host, subset }, weight });
const VS = "VirtualService reviews";
const DR = "DestinationRule reviews";
const LABELS = ["spec", "template", "metadata", "labels"] as const;

const copies: Change = {
    at: [DR, "spec", "subsets", 2],
    to: { name: "copies", labels: { version: "v2" } },
};
const overlap =
    'DestinationRule shop/reviews: spec.subsets[2].labels: expected labels that the pods of subset v2 do not have, got {"app":"reviews","version":"v2"}.';

const canaryApp: Change = { at: ["Deployment reviews-v2", ...LABELS, "app"], to: "canary" };
const canaryService = (selector: unknown, namespace = "shop"): Change => ({
    at: ["+"],
    to: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "canary", namespace },
        spec: { selector },
    },
});
const selector = "Service shop/reviews: spec.selector: ";
const both = (got: string) =>
    `expected labels that the pods of reviews-v2 (subset v2) also have, got ${got}.`;

const gateway = (name: string, hosts: string[]): Change => ({
    at: ["+"],
    to: {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name, namespace: "edge" },
        spec: { servers: [{ hosts }] },
    },
});

interface Row {
    readonly rule: string;
    readonly title: string;
    readonly changes: readonly Change[];
    readonly finds: readonly string[];
}

const rows: Row[] = [
    {
        rule: "subset-overlap",
        title: "passes a subset that only a mirror names",
        changes: [copies, { at: [VS, "spec", "http", 2, "mirror", "subset"], to: "copies" }],
        finds: [],
    },
    {
        rule: "subset-overlap",
        title: "passes a subset that only one of several mirrors names",
        changes: [copies, { at: [VS, "spec", "http", 3, "mirrors"], to: [to("copies")] }],
        finds: [],
    },
    {
        rule: "subset-overlap",
        title: "refuses a subset that both a mirror and a route name",
        changes: [
            copies,
            { at: [VS, "spec", "http", 2, "mirror", "subset"], to: "copies" },
            { at: [VS, "spec", "http", 1, "route"], to: [to("copies")] },
        ],
        finds: [overlap],
    },
    {
        rule: "subset-overlap",
        title: "refuses a subset with the name of a mirror's subset on another host",
        changes: [
            copies,
            { at: [VS, "spec", "http", 2, "mirror"], to: { host: "ratings", subset: "copies" } },
            { at: [VS, "spec", "http", 3, "route", 0, "destination", "subset"], to: "copies" },
        ],
        finds: [overlap],
    },
    {
        rule: "service-selector",
        title: "passes pods that another Service selects",
        changes: [canaryApp, canaryService({ app: "canary" })],
        finds: [],
    },
    {
        rule: "service-selector",
        title: "refuses pods that only a Service in another namespace would select",
        changes: [canaryApp, canaryService({ app: "canary" }, "other")],
        finds: [`${selector}${both('{"app":"reviews"}')}`],
    },
    {
        rule: "service-selector",
        title: "reports an unknown value for pods that another Service may select",
        changes: [canaryApp, canaryService({ app: UNKNOWN })],
        finds: [`${selector}${both("an unknown value")}`],
    },
    {
        rule: "sidecar-injection",
        title: "passes pods with the injection label in a namespace without it",
        changes: [
            { at: ["Namespace shop", "metadata", "labels"] },
            ...["v1", "v2"].map((version) => ({
                at: [
                    `Deployment reviews-${version}`,
                    ...LABELS,
                    "sidecar.istio.io/inject",
                ] as const,
                to: "true",
            })),
        ],
        finds: [],
    },
    {
        rule: "weight-capacity",
        title: "adds up the weights of several destinations of one subset",
        changes: [
            { at: [VS, "spec", "http", 3, "route"], to: [to("v1", 90), to("v2", 4), to("v2", 6)] },
            { at: ["Deployment reviews-v2", "spec", "replicas"], to: 0 },
        ],
        finds: [
            "Deployment shop/reviews-v2: spec.replicas: expected at least 1 while subset v2 has weight 10, got 0.",
        ],
    },
    {
        rule: "weight-capacity",
        title: "refuses weight without pods if the program runs the pods of another subset",
        changes: [{ at: ["Service reviews"] }, { at: ["Deployment reviews-v2"] }],
        finds: [
            "VirtualService shop/reviews: spec.http[3].route[1].weight: expected 0, because no Deployment in the program has the labels of subset v2, got 10.",
        ],
    },
    {
        rule: "weight-capacity",
        title: "reports that a target's subset receives every request",
        changes: [
            { at: [VS, "spec", "http"], to: [{ route: [to("v2")] }] },
            { at: ["Deployment reviews-v2", "spec", "replicas"], to: 0 },
        ],
        finds: [
            "Deployment shop/reviews-v2: spec.replicas: expected at least 1 while subset v2 receives every request, got 0.",
        ],
    },
    {
        rule: "way-back",
        title: "finds the stable version behind a route to another host",
        changes: [
            { at: [VS, "spec", "http", 0, "route"], to: [{ destination: { host: "legacy" } }] },
            { at: ["Deployment reviews-v1", "spec", "replicas"], to: 0 },
        ],
        finds: [
            "Deployment shop/reviews-v1: spec.replicas: expected at least 1 while subset v1 is stable, got 0.",
        ],
    },
    {
        rule: "port-protocol",
        title: "ignores TCP ports with only TCP routes",
        changes: [
            { at: [VS, "spec"], to: { hosts: [host], tcp: [{ route: [to("v1")] }] } },
            { at: ["Service reviews", "spec", "ports", 0, "name"], to: "tcp" },
        ],
        finds: [],
    },
    {
        rule: "tls-mode",
        title: "ignores an unknown PeerAuthentication mode if no TLS mode is set",
        changes: [
            { at: [DR, "spec", "trafficPolicy", "tls"] },
            { at: ["PeerAuthentication reviews", "spec", "mtls", "mode"], to: UNKNOWN },
        ],
        finds: [],
    },
    {
        rule: "gateway-hosts",
        title: "passes hosts that different gateways serve",
        changes: [
            gateway("inner", ["reviews.example.org"]),
            { at: [VS, "spec", "gateways"], to: ["mesh", "edge/outside", "edge/inner"] },
            { at: [VS, "spec", "hosts", 2], to: "reviews.example.org" },
        ],
        finds: [],
    },
    {
        rule: "gateway-hosts",
        title: "ignores unknown hosts at gateways of another program",
        changes: [
            { at: [VS, "spec", "gateways"], to: ["edge/elsewhere"] },
            { at: [VS, "spec", "hosts"], to: UNKNOWN },
        ],
        finds: [],
    },
    {
        rule: "idle-version",
        title: "passes a version that received requests until this update",
        changes: [
            { at: ["CanaryRollout reviews", "spec", "shares"], to: { v1: 100, v2: 0 } },
            { at: ["CanaryRollout reviews", "spec", "last", "shares"], to: { v1: 90, v2: 10 } },
        ],
        finds: [],
    },
];

describe("rules with several changes", () => {
    for (const { rule: id, title, changes, finds } of rows) {
        it(`${title} (${id})`, () => {
            const rule = rules.find((one) => one.id === id);
            assert.ok(rule);
            const program = changes.reduce(changed, world());
            const found = findingsOf(rule, program);
            assert.deepEqual(
                found.map((finding) => findingText({ ...finding, fix: "" }).trim()),
                finds,
            );
        });
    }
});

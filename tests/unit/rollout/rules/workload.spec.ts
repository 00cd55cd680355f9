// Whose pods a Service and a subset have, for every rule that looks at pods.
import assert from "node:assert/strict";
import { rules } from "../../../../rollout/rules";
import {
    destinationRule,
    program,
    reportsOf,
    service,
    split,
    V1_V2,
    VERSIONS,
    workload,
} from "../../../fixtures/rules/program";

const IDS = [
    "weight-capacity",
    "weight-replicas",
    "subset-pods",
    "subset-overlap",
    "service-selector",
    "target-port",
    "probe-port",
    "service-pods",
    "template-labels",
    "selector-overlap",
    "version-image",
    "autoscaler-replicas",
    "autoscaler-versions",
    "disruption-budget",
    "headless-split",
    "sidecar-injection",
];
const reports = (...texts: string[]) =>
    reportsOf(
        rules.filter(({ id }) => IDS.includes(id)),
        program(...texts),
    );

const NAMES = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
const TRAFFIC = [service(), destinationRule(V1_V2), split()].join("---\n");
const rollout = (spec: string) => `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec:
  ${spec}
  strategy: {canary: {trafficRouting: {istio: {destinationRule: {name: web, canarySubsetName: canary, stableSubsetName: stable}}}}}
`;
const SAME = "subsets: [{name: stable, labels: {app: web}}, {name: canary, labels: {app: web}}]";
const flagger = (kind = "Deployment") => `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: web}
spec: {targetRef: {apiVersion: apps/v1, kind: ${kind}, name: web}}
`;

describe("the pods of a subset", () => {
    for (const kind of NAMES) {
        it(`passes those of ${kind}s`, () => {
            const found = reports(
                TRAFFIC,
                workload({ kind, name: "web-v1", labels: "{app: web, version: v1}" }),
                workload({ kind, name: "web-v2", labels: "{app: web, version: v2}" }),
            );
            assert.deepEqual(found, []);
        });

        it(`reports ${kind}s that no subset selects`, () => {
            const found = reports(
                TRAFFIC,
                workload({ kind, name: "web-v1", labels: "{app: web, version: v1}" }),
                workload({ kind, name: "web-v2", labels: "{app: web, version: v3}" }),
            );
            assert.ok(
                found.includes("subset-pods DestinationRule shop/web: spec.subsets[1].labels"),
            );
        });
    }

    it("passes those of OpenKruise's CloneSets", () => {
        const clone = { api: "apps.kruise.io/v1alpha1", kind: "CloneSet" };
        const found = reports(
            TRAFFIC,
            workload({ ...clone, name: "web-v1", labels: "{app: web, version: v1}" }),
            workload({ ...clone, name: "web-v2", labels: "{app: web, version: v2}" }),
        );
        assert.deepEqual(found, []);
    });

    it("passes Pods, and reports one without a readiness probe", () => {
        const pod = (version: string, probe: string) => `
apiVersion: v1
kind: Pod
metadata: {name: web-${version}, labels: {app: web, version: ${version}}}
spec: {containers: [{name: web, image: "web:${version}", ports: [{name: http, containerPort: 80}]${probe}}]}
`;
        const probe = ", readinessProbe: {tcpSocket: {port: 80}}";
        assert.deepEqual(reports(TRAFFIC, pod("v1", probe), pod("v2", probe)), []);
        assert.deepEqual(reports(TRAFFIC, pod("v1", probe), pod("v2", "")), [
            "weight-capacity Pod shop/web-v2: spec.containers[*].readinessProbe",
        ]);
    });

    it("passes subsets that Argo Rollouts tells apart by a hash", () => {
        const own = rollout(
            "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web:1, ports: [{name: http, containerPort: 80}], readinessProbe: {tcpSocket: {port: 80}}}]}}",
        );
        const traffic = [service(), destinationRule(SAME), split("stable", "canary")];
        assert.deepEqual(reports(...traffic, own), []);
        const other = own.replace("name: web, canarySubsetName", "name: other, canarySubsetName");
        assert.deepEqual(reports(...traffic, other), [
            "subset-overlap DestinationRule shop/web: spec.subsets[1].labels",
        ]);
    });

    it("passes a Deployment without replicas that an Argo Rollout takes over", () => {
        const found = reports(
            service(),
            destinationRule(SAME),
            split("stable", "canary"),
            rollout("workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}"),
            workload({ name: "web", labels: "{app: web}", spec: "replicas: 0" }),
        );
        assert.deepEqual(found, []);
    });

    it("passes Flagger's copy of a Deployment, and the Deployment without replicas", () => {
        const primary = destinationRule(
            "subsets: [{name: primary, labels: {app: web-primary}}, {name: canary, labels: {app: web}}]",
        );
        const target = workload({ name: "web", labels: "{app: web}", spec: "replicas: 0" });
        const traffic = [service("{team: shop}"), primary, split("primary", "canary")];
        const labelled = target.replaceAll("{app: web}", "{app: web, team: shop}");
        assert.deepEqual(reports(...traffic, labelled, flagger()), []);
        assert.deepEqual(reports(...traffic, labelled, flagger("DaemonSet")), [
            "weight-capacity VirtualService shop/web: spec.http[0].route[0].weight (advisory)",
            "weight-capacity Deployment shop/web: spec.replicas",
        ]);
    });

    it("passes WorkloadEntries and WorkloadGroups", () => {
        const vm = (kind: string, labels: string) => `
apiVersion: networking.istio.io/v1
kind: ${kind}
metadata: {name: vm-${kind.toLowerCase()}}
spec: ${labels}
`;
        const entry = vm("WorkloadEntry", "{address: 10.0.0.1, labels: {app: web, version: v1}}");
        const group = vm("WorkloadGroup", "{metadata: {labels: {app: web, version: v2}}}");
        assert.deepEqual(reports(TRAFFIC, entry, group), []);
    });

    it("judges no Service without selector", () => {
        const bare = TRAFFIC.replace("selector: {app: web}, ", "");
        assert.deepEqual(reports(bare), []);
        assert.deepEqual(reports(bare, VERSIONS), []);
    });

    it("judges no labels that only the cluster adds", () => {
        for (const label of [
            "topology.kubernetes.io/region",
            "topology.istio.io/cluster",
            "kubernetes.io/hostname",
            "rollouts-pod-template-hash",
        ]) {
            const rule = destinationRule(`subsets: [{name: west, labels: {${label}: west}}]`);
            const pods = workload({ name: "web", labels: "{app: web}" });
            assert.deepEqual(reports(service(), rule, pods), [], label);
        }
    });

    it("passes subsets without labels, each in a route of its own", () => {
        const rule = destinationRule("subsets: [{name: news}, {name: wiki}]");
        const pods = workload({ name: "web", labels: "{app: web}" });
        const route = (subset: string) =>
            `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${subset}}
spec: {hosts: [${subset}.example.com], http: [{route: [{destination: {host: web, subset: ${subset}}}]}]}
`;
        assert.deepEqual(reports(service(), rule, pods, route("news"), route("wiki")), []);
    });

    it("reports a subset without labels in one split with another subset", () => {
        const rule = destinationRule("subsets: [{name: v1, labels: {version: v1}}, {name: v2}]");
        assert.deepEqual(reports(service(), rule, split(), VERSIONS), [
            "subset-overlap DestinationRule shop/web: spec.subsets[1].labels",
        ]);
    });

    it("ignores pods of an app without Service that have the label of a subset", () => {
        const worker = workload({ name: "mailer", labels: "{app: mailer, version: v1}" });
        assert.deepEqual(reports(TRAFFIC, VERSIONS, worker), []);
    });

    it("reports a version in other files as advisory", () => {
        const [, v2 = ""] = VERSIONS.split("---\n");
        assert.deepEqual(reports(TRAFFIC, v2), [
            "weight-capacity VirtualService shop/web: spec.http[0].route[0].weight (advisory)",
        ]);
    });
});

describe("a destination without subset", () => {
    const route = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web.example.com]
  http:
  - route:
    - {destination: {host: stable}, weight: 90}
    - {destination: {host: canary}, weight: 10}
`;
    const version = (name: string, replicas: number) =>
        [
            service(`{app: web, track: ${name}}`, name),
            workload({
                name,
                labels: `{app: web, track: ${name}}`,
                spec: `replicas: ${replicas}`,
            }),
        ].join("---\n");

    it("needs replicas if it has weight", () => {
        assert.deepEqual(reports(route, version("stable", 2), version("canary", 1)), []);
        assert.deepEqual(reports(route, version("stable", 2), version("canary", 0)), [
            "weight-capacity Deployment shop/canary: spec.replicas",
        ]);
    });

    it("may be a Service that is switched off, if it has no alternative", () => {
        const single = route.replace(/.*host: stable.*\n/, "").replace(", weight: 10", "");
        assert.deepEqual(reports(single, version("canary", 0)), []);
    });

    it("needs replicas in one of its workloads", () => {
        const more = workload({ name: "more", labels: "{app: web, track: canary, part: b}" });
        assert.deepEqual(
            reports(route, version("stable", 2), version("canary", 0), more),
            // The selector of the first Deployment matches the pods of the second.
            ["selector-overlap Deployment shop/canary: spec.selector.matchLabels (advisory)"],
        );
    });
});

describe("versions with volumes", () => {
    it("reports the second StatefulSet with volumes of its own", () => {
        const stateful = (version: string) =>
            workload({
                kind: "StatefulSet",
                name: `web-${version}`,
                labels: `{app: web, version: ${version}}`,
                spec: "volumeClaimTemplates: [{metadata: {name: data}}]",
            });
        assert.deepEqual(reports(TRAFFIC, stateful("v1"), stateful("v2")), [
            "headless-split StatefulSet shop/web-v2: spec.volumeClaimTemplates (advisory)",
        ]);
    });

    it("passes a headless Service that only gateways split", () => {
        const headless = TRAFFIC.replace("spec: {selector", "spec: {clusterIP: None, selector");
        const gateway = headless.replace("  http:", "  gateways: [edge/outside]\n  http:");
        assert.deepEqual(reports(gateway, VERSIONS), []);
        assert.deepEqual(reports(headless, VERSIONS), [
            "headless-split Service shop/web: spec.clusterIP",
        ]);
    });
});

describe("the selector of a Service", () => {
    it("reports labels that are probably misspelled as advisory", () => {
        const pods = workload({ name: "checkout", labels: "{app: checkout}" });
        assert.deepEqual(reports(service("{app: chekcout}", "shop"), pods), [
            "service-pods Service shop/shop: spec.selector (advisory)",
        ]);
    });

    it("passes names that differ in their number", () => {
        const pods = workload({ name: "checkout-2", labels: "{app: checkout-2}" });
        assert.deepEqual(reports(service("{app: checkout-1}", "shop"), pods), []);
    });
});

describe("an Argo Rollout and the Deployment that it names", () => {
    it("may have one selector", () => {
        const found = reports(
            rollout(
                "selector: {matchLabels: {app: web}}\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}",
            ),
            workload({ name: "web", labels: "{app: web}" }),
        );
        assert.deepEqual(found, []);
    });
});

/** Rule: a subset that gets requests has pods to answer them. */
import { fullHost, namespaceOf, resourceName } from "./names";
import { type Destination, effectiveWeight, routesOf, VIRTUAL_SERVICE } from "./routes";
import type { Finding, Manifest, ProgramRule } from "./rule";
import { at, items, textAt, UNKNOWN } from "./unknown";

const ISTIO = "networking.istio.io";
const WORKLOADS = ["Deployment", "StatefulSet"];

export const weightCapacity: ProgramRule = {
    scope: "program",
    id: "weight-capacity",
    description:
        "A subset with a weight above 0 has a Deployment with replicas and a readiness probe.",
    severity: "mandatory",
    kinds: [
        VIRTUAL_SERVICE,
        { group: ISTIO, kind: "DestinationRule" },
        { group: "", kind: "Service" },
        { group: "apps", kind: "Deployment" },
        { group: "apps", kind: "StatefulSet" },
    ],
    options: {},
    check(manifests) {
        return manifests
            .filter(({ kind }) => kind === "VirtualService")
            .flatMap((route) => judgeRoutes(route, manifests));
    },
};

function judgeRoutes(virtualService: Manifest, manifests: readonly Manifest[]): Finding[] {
    return routesOf(virtualService).flatMap(({ destinations }) => {
        // A list that is not known is weight-range's to report.
        if (destinations === UNKNOWN) return [];
        return destinations
            .filter((one) => {
                const weight = effectiveWeight(one, destinations.length);
                return typeof weight === "number" && weight > 0;
            })
            .flatMap((one) => judgeDestination(virtualService, one, manifests));
    });
}

function judgeDestination(
    virtualService: Manifest,
    { path, host, subset, weight }: Destination,
    manifests: readonly Manifest[],
): Finding[] {
    if (typeof host !== "string" || typeof subset !== "string") return [];
    const name = fullHost(host, namespaceOf(virtualService));
    const rule = manifests.find(
        (one) =>
            one.kind === "DestinationRule" &&
            fullHost(textAt(one, "spec", "host") ?? "", namespaceOf(one)) === name,
    );
    if (rule === undefined) return [];
    const namespace = name.split(".")[1] ?? "default";
    const pods = manifests.filter(
        (one) => WORKLOADS.includes(one.kind) && namespaceOf(one) === namespace,
    );
    const ofSubset = (wanted: string) =>
        pods.filter((one) => matches(labelsOfSubset(rule, wanted), one));
    const found = ofSubset(subset);
    if (found.length > 0) return found.flatMap((one) => judgeWorkload(one, subset, weight));
    // Pods that another program runs are not this one's to judge.
    const ours =
        subsetNames(rule).some((other) => ofSubset(other).length > 0) ||
        manifests.some(
            (one) =>
                one.kind === "Service" &&
                `${textAt(one, "metadata", "name")}.${namespaceOf(one)}` ===
                    name.split(".").slice(0, 2).join("."),
        );
    if (!ours) return [];
    return [
        {
            resource: resourceName(virtualService),
            path: `${path}.weight`,
            found: weight,
            allowed: `0, because no Deployment of the program has the labels of subset ${subset}`,
            fix: `Set the weight to 0, or add the Deployment of ${subset}.`,
        },
    ];
}

function judgeWorkload(workload: Manifest, subset: string, weight: unknown): Finding[] {
    const resource = resourceName(workload);
    const findings: Finding[] = [];
    const replicas = at(workload, "spec", "replicas");
    if (replicas === UNKNOWN || replicas === 0) {
        findings.push({
            resource,
            path: "spec.replicas",
            found: replicas,
            allowed: `at least 1 while subset ${subset} has weight ${String(weight)}`,
            fix: "Set the weight to 0 first, or run pods.",
        });
    }
    const containers = at(workload, "spec", "template", "spec", "containers");
    const probes = items(containers).map(([, container]) => at(container, "readinessProbe"));
    const unknown = containers === UNKNOWN || probes.includes(UNKNOWN);
    if (!probes.some((probe) => probe !== undefined && probe !== null && probe !== UNKNOWN)) {
        findings.push({
            resource,
            path: "spec.template.spec.containers[0].readinessProbe",
            found: unknown ? UNKNOWN : undefined,
            allowed: `a readiness probe while subset ${subset} has weight ${String(weight)}`,
            fix: "Add one: without it a pod counts as ready before it can answer.",
        });
    }
    return findings;
}

function subsetNames(rule: Manifest): string[] {
    return items(at(rule, "spec", "subsets")).flatMap(([, one]) => textAt(one, "name") ?? []);
}

function labelsOfSubset(rule: Manifest, name: string): unknown {
    const subset = items(at(rule, "spec", "subsets")).find(
        ([, one]) => textAt(one, "name") === name,
    );
    return at(subset?.[1], "labels");
}

function matches(labels: unknown, workload: Manifest): boolean {
    if (typeof labels !== "object" || labels === null) return false;
    const wanted = Object.entries(labels);
    const podLabels = at(workload, "spec", "template", "metadata", "labels");
    return wanted.length > 0 && wanted.every(([key, value]) => at(podLabels, key) === value);
}

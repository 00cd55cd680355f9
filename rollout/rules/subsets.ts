/** From a route's host and subset to the workloads behind it, among a program's manifests. */
import { fullHost, namespaceOf } from "./names";
import type { Kind, Manifest } from "./rule";
import { at, items, textAt, UNKNOWN } from "./unknown";

/** Kinds that the look-ups below read. */
export const SUBSET_KINDS: readonly Kind[] = [
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
    { group: "apps", kind: "Deployment" },
    { group: "apps", kind: "StatefulSet" },
];

const WORKLOADS = ["Deployment", "StatefulSet"];

/** The DestinationRule of a host given in full. */
export function destinationRuleOf(
    host: string,
    manifests: readonly Manifest[],
): Manifest | undefined {
    return manifests.find(
        (one) =>
            one.kind === "DestinationRule" &&
            fullHost(textAt(one, "spec", "host") ?? "", namespaceOf(one)) === host,
    );
}

/** The Service of a host given in full, if the program has it. */
export function serviceOf(host: string, manifests: readonly Manifest[]): Manifest | undefined {
    return manifests.find(
        (one) =>
            one.kind === "Service" &&
            fullHost(textAt(one, "metadata", "name") ?? "", namespaceOf(one)) === host,
    );
}

/**
 * Labels of the pods behind each subset, as a DestinationRule declares them. A subset is a part of its Service's
 * pods: where the program has the Service, its selector counts too.
 */
export function subsetsOf(destinationRule: Manifest, service?: Manifest): Map<string, unknown> {
    const selector = at(service, "spec", "selector");
    const subsets = items(at(destinationRule, "spec", "subsets"));
    return new Map(
        subsets.flatMap(([, subset]) => {
            const name = textAt(subset, "name");
            const labels = merged(selector, at(subset, "labels"));
            return name === undefined ? [] : [[name, labels] as const];
        }),
    );
}

function merged(selector: unknown, labels: unknown): unknown {
    if (selector === UNKNOWN || labels === UNKNOWN) return UNKNOWN;
    return { ...(selector as object | undefined), ...(labels as object | undefined) };
}

export interface Selected {
    /** Workloads whose pods certainly have the labels. */
    readonly found: readonly Manifest[];
    /** Whether there may be more, because labels are not known yet. */
    readonly maybeMore: boolean;
}

/** The workloads of a namespace whose pods have all of some labels. */
export function workloadsWith(
    labels: unknown,
    namespace: string,
    manifests: readonly Manifest[],
): Selected {
    const there = manifests.filter(
        (one) => WORKLOADS.includes(one.kind) && namespaceOf(one) === namespace,
    );
    const judged = there.map((workload) => ({ workload, has: hasLabels(workload, labels) }));
    return {
        found: judged.filter(({ has }) => has === true).map(({ workload }) => workload),
        maybeMore: judged.some(({ has }) => has === UNKNOWN),
    };
}

function hasLabels(workload: Manifest, labels: unknown): boolean | typeof UNKNOWN {
    if (labels === UNKNOWN) return UNKNOWN;
    const wanted = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
    const has = at(workload, "spec", "template", "metadata", "labels");
    const matches = wanted.map(([key, value]) => {
        const found = at(has, key);
        return found === UNKNOWN || value === UNKNOWN ? UNKNOWN : found === value;
    });
    if (matches.length === 0 || matches.includes(false)) return false;
    return matches.includes(UNKNOWN) ? UNKNOWN : true;
}

/** From a route's host and subset to the workloads behind it, among a program's manifests. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { type Kind, type Manifest, ofKind } from "../rule";
import { fullHost, namespaceOf } from "./names";

/** Kinds that the look-ups below read. */
export const SUBSET_KINDS: readonly Kind[] = [
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
    { group: "apps", kind: "Deployment" },
    { group: "apps", kind: "StatefulSet" },
];

const WORKLOADS = ["Deployment", "StatefulSet"];

/** Where the look-ups below find things; the first of several is the one. */
interface Index {
    /** By host in full. */
    readonly destinationRules: ReadonlyMap<string, Manifest>;
    /** By host in full. */
    readonly services: ReadonlyMap<string, Manifest>;
    /** By namespace, and by namespace and one label of the pods. */
    readonly workloads: ReadonlyMap<string, readonly Manifest[]>;
    /** Namespaces in which labels are not known yet. */
    readonly unclear: ReadonlySet<string>;
}

/** Listed once per program: without, each of many apps would be looked for among all of them, by each rule. */
const indexes = new WeakMap<readonly Manifest[], Index>();

function indexOf(manifests: readonly Manifest[]): Index {
    const known = indexes.get(manifests);
    if (known !== undefined) return known;
    const destinationRules = new Map<string, Manifest>();
    const services = new Map<string, Manifest>();
    const workloads = new Map<string, Manifest[]>();
    const unclear = new Set<string>();
    for (const one of manifests) {
        const namespace = namespaceOf(one);
        if (one.kind === "DestinationRule") setFirst(destinationRules, hostOf(one), one);
        if (one.kind === "Service") setFirst(services, serviceHost(one), one);
        if (!WORKLOADS.includes(one.kind)) continue;
        const labels = at(one, ...POD_LABELS);
        const pairs = Object.entries(labels ?? {});
        const keys = pairs.map(([key, value]) => labelKey(namespace, key, value));
        for (const key of [namespace, ...keys]) {
            const list = workloads.get(key) ?? [];
            list.push(one);
            workloads.set(key, list);
        }
        if (labels === UNKNOWN || pairs.some(([, value]) => value === UNKNOWN)) {
            unclear.add(namespace);
        }
    }
    const index = { destinationRules, services, workloads, unclear };
    indexes.set(manifests, index);
    return index;
}

function setFirst(map: Map<string, Manifest>, key: string, value: Manifest): void {
    if (!map.has(key)) map.set(key, value);
}

function labelKey(namespace: string, label: string, value: unknown): string {
    return `${namespace} ${label}=${String(value)}`;
}

/** The host in full that a DestinationRule is for. */
function hostOf(destinationRule: Manifest): string {
    return fullHost(textAt(destinationRule, "spec", "host") ?? "", namespaceOf(destinationRule));
}

function serviceHost(service: Manifest): string {
    return fullHost(textAt(service, "metadata", "name") ?? "", namespaceOf(service));
}

/** The DestinationRule of a host given in full. */
export function destinationRuleOf(
    host: string,
    manifests: readonly Manifest[],
): Manifest | undefined {
    return indexOf(manifests).destinationRules.get(host);
}

/** The Service of a host given in full, if the program has it. */
export function serviceOf(host: string, manifests: readonly Manifest[]): Manifest | undefined {
    return indexOf(manifests).services.get(host);
}

/** The namespace of the pods behind a host given in full. */
function namespaceOfHost(host: string): string {
    return host.split(".")[1] ?? "default";
}

/** A DestinationRule and what it is for. */
export interface Split {
    readonly rule: Manifest;
    /** In full. */
    readonly host: string;
    readonly namespace: string;
    /** The host's Service, if the program has it. */
    readonly service: Manifest | undefined;
}

export function splitsIn(manifests: readonly Manifest[]): Split[] {
    return ofKind("DestinationRule", manifests).map((rule) => {
        const host = hostOf(rule);
        const service = serviceOf(host, manifests);
        return { rule, host, namespace: namespaceOfHost(host), service };
    });
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
    const there = candidates(labels, namespace, indexOf(manifests));
    const judged = there.map((workload) => ({ workload, has: hasLabels(workload, labels) }));
    return {
        found: judged.filter(({ has }) => has === true).map(({ workload }) => workload),
        maybeMore: judged.some(({ has }) => has === UNKNOWN),
    };
}

/** The shortest list that has all workloads with some labels. */
function candidates(
    labels: unknown,
    namespace: string,
    { workloads, unclear }: Index,
): readonly Manifest[] {
    const known = Object.entries(labels ?? {}).filter(([, value]) => value !== UNKNOWN);
    const keys = unclear.has(namespace)
        ? []
        : known.map(([key, value]) => labelKey(namespace, key, value));
    const lists = [namespace, ...keys].map((key) => workloads.get(key) ?? []);
    return lists.reduce((least, one) => (one.length < least.length ? one : least));
}

const POD_LABELS = ["spec", "template", "metadata", "labels"] as const;

function hasLabels(workload: Manifest, labels: unknown): boolean | typeof UNKNOWN {
    if (labels === UNKNOWN) return UNKNOWN;
    const wanted = Object.entries(labels ?? {});
    const has = at(workload, ...POD_LABELS);
    const matches = wanted.map(([key, value]) => {
        const found = at(has, key);
        return found === UNKNOWN || value === UNKNOWN ? UNKNOWN : found === value;
    });
    if (matches.length === 0 || matches.includes(false)) return false;
    return matches.includes(UNKNOWN) ? UNKNOWN : true;
}

/** What is behind a subset, as far as the program has it. */
export interface Behind {
    readonly namespace: string;
    readonly service: Manifest | undefined;
    /** Labels of the pods of each subset of the same host. */
    readonly subsets: ReadonlyMap<string, unknown>;
    readonly pods: Selected;
}

/** What is behind a route's destination; undefined unless the program declares subsets of its host. */
export function behind(
    { host, subset }: { readonly host: unknown; readonly subset: unknown },
    virtualService: Manifest,
    manifests: readonly Manifest[],
): Behind | undefined {
    if (typeof host !== "string" || typeof subset !== "string") return undefined;
    const name = fullHost(host, namespaceOf(virtualService));
    const rule = destinationRuleOf(name, manifests);
    if (rule === undefined) return undefined;
    const service = serviceOf(name, manifests);
    const namespace = namespaceOfHost(name);
    const subsets = subsetsOf(rule, service);
    const pods = workloadsWith(subsets.get(subset), namespace, manifests);
    return { namespace, service, subsets, pods };
}

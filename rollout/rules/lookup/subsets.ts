/** Finds the workloads of a host's subsets in a program's manifests. */

import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import { type Kind, type Manifest, ofKind } from "../rule";
import { fullHost, namespaceOf } from "./resourceName";

/** Kinds that the lookups below read. */
export const SUBSET_KINDS: readonly Kind[] = [
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
    { group: "apps", kind: "Deployment" },
    { group: "apps", kind: "StatefulSet" },
];

const WORKLOADS = ["Deployment", "StatefulSet"];

/** If several objects have one key, the index keeps the first. */
interface Index {
    /** Keyed by fully qualified host. */
    readonly destinationRules: ReadonlyMap<string, Manifest>;
    /** Keyed by fully qualified host. */
    readonly services: ReadonlyMap<string, Manifest>;
    /** Keyed by namespace, and by namespace with one pod label. */
    readonly workloads: ReadonlyMap<string, readonly Manifest[]>;
    /** Namespaces with unknown pod labels. */
    readonly unclear: ReadonlySet<string>;
}

/** Built once per program: otherwise each rule would search all objects for each app. */
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
        if (one.kind === "DestinationRule") setFirst(destinationRules, ruleHost(one), one);
        if (one.kind === "Service") setFirst(services, hostOfService(one), one);
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

/** Fully qualified host of a DestinationRule. */
function ruleHost(destinationRule: Manifest): string {
    return fullHost(textAt(destinationRule, "spec", "host") ?? "", namespaceOf(destinationRule));
}

function hostOfService(service: Manifest): string {
    return fullHost(textAt(service, "metadata", "name") ?? "", namespaceOf(service));
}

/** @param host fully qualified. */
export function destinationRuleOf(
    host: string,
    manifests: readonly Manifest[],
): Manifest | undefined {
    return indexOf(manifests).destinationRules.get(host);
}

/** @param host fully qualified. */
export function serviceOf(host: string, manifests: readonly Manifest[]): Manifest | undefined {
    return indexOf(manifests).services.get(host);
}

/** Namespace of the pods behind a fully qualified host. */
function namespaceOfHost(host: string): string {
    return host.split(".")[1] ?? "default";
}

/** A DestinationRule with its host and Service. */
export interface Split {
    readonly rule: Manifest;
    /** Fully qualified. */
    readonly host: string;
    readonly namespace: string;
    /** The host's Service, if the program has it. */
    readonly service: Manifest | undefined;
}

export function splitsIn(manifests: readonly Manifest[]): Split[] {
    return ofKind("DestinationRule", manifests).map((rule) => {
        const host = ruleHost(rule);
        const service = serviceOf(host, manifests);
        return { rule, host, namespace: namespaceOfHost(host), service };
    });
}

/**
 * Pod labels of each subset. A subset selects among its Service's pods, so the Service's selector is included if the
 * program has the Service.
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
    /** Workloads whose pods have the labels. */
    readonly found: readonly Manifest[];
    /** Whether unknown labels may match too. */
    readonly maybeMore: boolean;
}

/** Workloads of a namespace whose pods have all these labels. */
export function workloadsWith(
    labels: unknown,
    namespace: string,
    manifests: readonly Manifest[],
): Selected {
    const workloads = candidates(labels, namespace, indexOf(manifests));
    const matches = workloads.map((workload) => ({ workload, has: hasLabels(workload, labels) }));
    return {
        found: matches.filter(({ has }) => has === true).map(({ workload }) => workload),
        maybeMore: matches.some(({ has }) => has === UNKNOWN),
    };
}

/** The shortest indexed list that contains every workload with these labels. */
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

/** The Service, subsets and workloads behind a subset, if the program has them. */
export interface Behind {
    readonly namespace: string;
    readonly service: Manifest | undefined;
    /** Pod labels of each subset of the host. */
    readonly subsets: ReadonlyMap<string, unknown>;
    readonly pods: Selected;
}

/** Looks up a destination's subset. Undefined if the program has no DestinationRule for its host. */
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

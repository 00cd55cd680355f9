/** Finds the workloads of a host's subsets in a program's manifests. */

import { at, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { oncePerProgram } from "../ofKinds";
import type { Kind, Manifest } from "../rule";
import {
    DESTINATION_RULE,
    type Declared,
    type HostRule,
    hostRuleOf,
    hostRulesIn,
    hostRulesOf,
} from "./policies/destinationRules";
import { fullHost, namespaceOf } from "./resourceName";
import { isAddedLabel, WORKLOAD_KINDS, workloadsIn } from "./workloads";

export const SERVICE: Kind = { group: "", kind: "Service" };
/** Kinds that the lookups below read. */
export const SUBSET_KINDS: readonly Kind[] = [DESTINATION_RULE, SERVICE, ...WORKLOAD_KINDS];

interface Index {
    /** Keyed by namespace, and by namespace with one pod label. */
    readonly workloads: ReadonlyMap<string, readonly Manifest[]>;
    /** Namespaces with unknown pod labels. */
    readonly unclear: ReadonlySet<string>;
    readonly labels: ReadonlyMap<Manifest, unknown>;
    /** What workloadsWith has found, by labels and namespace. */
    readonly selected: WeakMap<object, Map<string, Selected>>;
}

const indexOf = oncePerProgram(WORKLOAD_KINDS, buildIndex);

function buildIndex(manifests: readonly Manifest[]): Index {
    const workloads = new Map<string, Manifest[]>();
    const unclear = new Set<string>();
    const { all, labels } = workloadsIn(manifests);
    for (const one of all) {
        const namespace = namespaceOf(one);
        const pairs = Object.entries(labels.get(one) ?? {});
        const keys = pairs.map(([key, value]) => labelKey(namespace, key, value));
        for (const key of [namespace, ...keys]) {
            const list = workloads.get(key) ?? [];
            list.push(one);
            workloads.set(key, list);
        }
        if (labels.get(one) === UNKNOWN || pairs.some(([, value]) => value === UNKNOWN)) {
            unclear.add(namespace);
        }
    }
    return { workloads, unclear, labels, selected: new WeakMap() };
}

function labelKey(namespace: string, label: string, value: unknown): string {
    return `${namespace} ${label}=${textOf(value)}`;
}

/** Keyed by fully qualified host. If several Services have one, the first. */
const servicesOf = oncePerProgram([SERVICE], (services): ReadonlyMap<string, Manifest> => {
    return new Map([...services].reverse().map((one) => [hostOfService(one), one]));
});

function hostOfService(service: Manifest): string {
    return fullHost(textAt(service, "metadata", "name") ?? "", namespaceOf(service));
}

/** The first DestinationRule that Istio merges for a fully qualified host. */
export function destinationRuleOf(
    host: string,
    manifests: readonly Manifest[],
): Manifest | undefined {
    return hostRuleOf(host, manifests)?.rules[0];
}

/** @param host fully qualified. */
export function serviceOf(host: string, manifests: readonly Manifest[]): Manifest | undefined {
    return servicesOf(manifests).get(host);
}

/** Workloads behind a fully qualified host, by its Service's selector. Undefined if the program does not have the Service. */
export function podsOfService(host: unknown, manifests: readonly Manifest[]): Selected | undefined {
    const service = typeof host === "string" ? serviceOf(host, manifests) : undefined;
    if (service === undefined) return undefined;
    return workloadsWith(at(service, "spec", "selector"), namespaceOf(service), manifests);
}

/** Namespace of the pods behind a fully qualified host. */
function namespaceOfHost(host: string): string {
    return host.split(".")[1] ?? "default";
}

/** The merged DestinationRules of a host, and its Service. */
export interface Split {
    readonly hostRule: HostRule;
    /** Fully qualified. */
    readonly host: string;
    readonly namespace: string;
    /** The host's Service, if the program has it. */
    readonly service: Manifest | undefined;
}

export const splitsIn = oncePerProgram([DESTINATION_RULE, SERVICE], findSplits);

function findSplits(manifests: readonly Manifest[]): readonly Split[] {
    return hostRulesIn(manifests).map((hostRule) => {
        const { host } = hostRule;
        return {
            hostRule,
            host,
            namespace: namespaceOfHost(host),
            service: serviceOf(host, manifests),
        };
    });
}

/** A subset and the labels of its pods. */
export interface Subset extends Declared {
    readonly name: string;
    /** A subset selects among its Service's pods, so they include the Service's selector. UNKNOWN if not known. */
    readonly labels: unknown;
    /** Labels that the subset itself names. */
    readonly own: unknown;
}

export function subsetsOf(hostRule: HostRule, service?: Manifest): readonly Subset[] {
    const known = subsetsOfRules.get(hostRule);
    if (known !== undefined && known.service === service) return known.subsets;
    const subsets = findSubsets(hostRule, service);
    subsetsOfRules.set(hostRule, { service, subsets });
    return subsets;
}

/** What subsetsOf has found, because many rules ask for the same subsets. */
const subsetsOfRules = new WeakMap<
    HostRule,
    { readonly service: Manifest | undefined; readonly subsets: readonly Subset[] }
>();

function findSubsets({ subsets }: HostRule, service?: Manifest): Subset[] {
    const selector = at(service, "spec", "selector");
    return subsets.flatMap((one) => {
        const name = textAt(one.value, "name");
        const own = at(one.value, "labels") ?? {};
        return name === undefined ? [] : [{ ...one, name, own, labels: merged(selector, own) }];
    });
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
    /** Whether pods may match by labels that only the cluster adds, such as their zone. */
    readonly byCluster: boolean;
}

/** Workloads of a namespace whose pods have all these labels. */
export function workloadsWith(
    labels: unknown,
    namespace: string,
    manifests: readonly Manifest[],
): Selected {
    const index = indexOf(manifests);
    if (typeof labels !== "object" || labels === null) return select(labels, namespace, index);
    const known = index.selected.get(labels) ?? new Map<string, Selected>();
    index.selected.set(labels, known);
    const selected = known.get(namespace) ?? select(labels, namespace, index);
    known.set(namespace, selected);
    return selected;
}

function select(labels: unknown, namespace: string, index: Index): Selected {
    const matches = candidates(labels, namespace, index).map((workload) => ({
        workload,
        has: hasLabels(index.labels.get(workload), labels),
    }));
    return {
        found: matches.filter(({ has }) => has === true).map(({ workload }) => workload),
        maybeMore: matches.some(({ has }) => has === UNKNOWN),
        byCluster: matches.some(({ has }) => has === "by cluster"),
    };
}

/** The shortest indexed list that contains every workload with these labels. */
function candidates(
    labels: unknown,
    namespace: string,
    { workloads, unclear }: Index,
): readonly Manifest[] {
    const fixed = Object.entries(labels ?? {}).filter(
        ([key, value]) => value !== UNKNOWN && !isAddedLabel(key),
    );
    const keys = unclear.has(namespace)
        ? []
        : fixed.map(([key, value]) => labelKey(namespace, key, value));
    const lists = [namespace, ...keys].map((key) => workloads.get(key) ?? []);
    return lists.reduce((least, one) => (one.length < least.length ? one : least));
}

function hasLabels(has: unknown, labels: unknown): boolean | typeof UNKNOWN | "by cluster" {
    if (labels === UNKNOWN) return UNKNOWN;
    const matches = Object.entries(labels ?? {}).map(([key, value]) => {
        const found = at(has, key);
        if (found === undefined && isAddedLabel(key)) return "by cluster";
        return found === UNKNOWN || value === UNKNOWN ? UNKNOWN : found === value;
    });
    if (matches.length === 0 || matches.includes(false)) return false;
    if (matches.includes(UNKNOWN)) return UNKNOWN;
    return matches.includes("by cluster") ? "by cluster" : true;
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
    const known = subsetsBehind(manifests);
    const key = `${name} ${subset}`;
    if (!known.has(key)) known.set(key, findBehind(name, subset, manifests));
    return known.get(key);
}

/** What `behind` has found, because many routes and rules ask for the same subsets. */
const subsetsBehind = oncePerProgram(SUBSET_KINDS, () => new Map<string, Behind | undefined>());

/** @param name fully qualified host. */
function findBehind(
    name: string,
    subset: string,
    manifests: readonly Manifest[],
): Behind | undefined {
    const rules = hostRulesOf(name, manifests);
    const declares = (one: HostRule) =>
        one.subsets.some(({ value }) => at(value, "name") === subset);
    const rule = rules.find(declares) ?? rules[0];
    if (rule === undefined) return undefined;
    const service = serviceOf(name, manifests);
    const namespace = namespaceOfHost(name);
    const subsets = new Map(subsetsOf(rule, service).map((one) => [one.name, one.labels]));
    const pods = workloadsWith(subsets.get(subset), namespace, manifests);
    return { namespace, service, subsets, pods };
}

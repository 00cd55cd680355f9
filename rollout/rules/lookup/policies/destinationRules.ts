/** The DestinationRule of a host, found and merged as Istio does (pilot/pkg/model/push_context.go:destinationRule). */

import { at, isMapping, items, textAt, textOf, UNKNOWN } from "../../../config/unknown";
import { oncePerProgram } from "../../ofKinds";
import type { Kind, Manifest } from "../../rule";
import { fullHost, namespaceOf, resourceName } from "../resourceName";

/** Istio's default. DestinationRules and PeerAuthentications in this namespace apply to the whole mesh. */
export const ROOT_NAMESPACE = "istio-system";

export const DESTINATION_RULE: Kind = { group: "networking.istio.io", kind: "DestinationRule" };

/** A value and the place where a manifest declares it. */
export interface Declared {
    readonly rule: Manifest;
    /** "spec.subsets[0]" */
    readonly path: string;
    readonly value: unknown;
}

/** All DestinationRules of one namespace for one host, merged. */
export interface HostRule {
    /** Fully qualified, or a pattern such as `*.shop.svc.cluster.local`. */
    readonly host: string;
    readonly namespace: string;
    /** In the order in which Istio merges them. */
    readonly rules: readonly [Manifest, ...Manifest[]];
    /** Subsets with different names. Istio ignores a second subset of one name. */
    readonly subsets: readonly Declared[];
    /** Whether some subsets are not known. */
    readonly maybeMore: boolean;
    /** The trafficPolicy of the first rule that has one. Istio ignores all others. */
    readonly policy: Declared | undefined;
    /** What Istio ignores: subsets and policies of later rules. */
    readonly ignored: readonly Declared[];
    /** Whether it applies only to callers with some labels. */
    readonly forSomeCallers: boolean;
}

interface Merging {
    readonly exportTo: readonly string[];
    readonly selector: unknown;
    rules: [Manifest, ...Manifest[]];
}

/** Keyed by host, with the rules of the host's own namespace first. */
type Index = ReadonlyMap<string, readonly HostRule[]>;

const indexOf = oncePerProgram([DESTINATION_RULE], buildIndex);

function buildIndex(destinationRules: readonly Manifest[]): Index {
    const merging = new Map<string, Merging[]>();
    for (const rule of [...destinationRules].sort(byOrder)) {
        const host = textAt(rule, "spec", "host");
        if (host === undefined) continue;
        const key = `${namespaceOf(rule)} ${fullHost(host, namespaceOf(rule))}`;
        const list = merging.get(key) ?? [];
        merge(list, rule);
        merging.set(key, list);
    }
    const index = new Map<string, HostRule[]>();
    for (const [key, list] of merging) {
        const [namespace = "", host = ""] = key.split(" ");
        const all = list.map((one) => hostRuleFrom(host, namespace, one));
        // Of the rules without a workloadSelector, Istio takes the last (sidecar.go:DestinationRule).
        const general = all.filter(({ forSomeCallers }) => !forSomeCallers).reverse();
        const some = all.filter(({ forSomeCallers }) => forSomeCallers);
        index.set(host, [...(index.get(host) ?? []), ...general, ...some]);
    }
    for (const [host, list] of index) {
        index.set(
            host,
            list.sort((a, b) => precedence(a, host) - precedence(b, host)),
        );
    }
    return index;
}

/** Callers in all namespaces take the rule of the host's own namespace, then that of the root namespace. */
function precedence({ namespace }: HostRule, host: string): number {
    if (namespace === host.split(".")[1]) return 0;
    return namespace === ROOT_NAMESPACE ? 1 : 2;
}

/** Rules with a workloadSelector first, then by name. Rules of one `kubectl apply` have the same time of creation. */
function byOrder(a: Manifest, b: Manifest): number {
    const first = Number(hasSelector(b)) - Number(hasSelector(a));
    return first !== 0 ? first : resourceName(a) < resourceName(b) ? -1 : 1;
}

/** pilot/pkg/model/destination_rule.go:mergeDestinationRule */
function merge(list: Merging[], rule: Manifest): void {
    const exportTo = hasSelector(rule) ? ["."] : exportsOf(rule);
    const selector = selectorOf(rule);
    let separate = true;
    for (const one of list) {
        const same = isSameSet(one.exportTo, exportTo);
        const wider =
            one.exportTo.length > 0 && one.exportTo.every((name) => exportTo.includes(name));
        separate = true;
        if (!same && !wider) continue;
        separate = !same;
        const bothSelect = one.selector !== undefined && selector !== undefined;
        const matches = isSameMapping(one.selector, selector);
        if (bothSelect && !matches) {
            separate = true;
            continue;
        }
        if (matches) separate = false;
        one.rules = [...one.rules, rule];
    }
    if (separate) list.push({ exportTo, selector, rules: [rule] });
}

function hostRuleFrom(host: string, namespace: string, { rules, selector }: Merging): HostRule {
    const subsets = new Map<unknown, Declared>();
    const ignored: Declared[] = [];
    const lists = rules.map((rule) => at(rule, "spec", "subsets"));
    for (const [place, rule] of rules.entries()) {
        for (const [index, value] of items(lists[place])) {
            const name = at(value, "name");
            const one = { rule, path: `spec.subsets[${index}]`, value };
            const key = typeof name === "string" ? name : one;
            if (subsets.has(key)) ignored.push(one);
            else subsets.set(key, one);
        }
    }
    const [policy, ...others] = rules
        .map((rule) => ({
            rule,
            path: "spec.trafficPolicy",
            value: at(rule, "spec", "trafficPolicy"),
        }))
        .filter(({ value }) => value !== undefined && value !== null);
    const all = [...subsets.values()];
    return {
        host,
        namespace,
        rules,
        subsets: all,
        maybeMore:
            lists.includes(UNKNOWN) || all.some(({ value }) => at(value, "name") === UNKNOWN),
        policy,
        ignored: [...ignored, ...others],
        forSomeCallers: selector !== undefined,
    };
}

function selectorOf(rule: Manifest): unknown {
    const selector = at(rule, "spec", "workloadSelector");
    if (selector === undefined || selector === null) return undefined;
    return at(selector, "matchLabels") ?? {};
}

function hasSelector(rule: Manifest): boolean {
    return selectorOf(rule) !== undefined;
}

function exportsOf(rule: Manifest): string[] {
    return items(at(rule, "spec", "exportTo")).map(([, name]) => textOf(name));
}

function isSameSet(one: readonly string[], two: readonly string[]): boolean {
    return [...one].sort().join() === [...two].sort().join();
}

function isSameMapping(one: unknown, two: unknown): boolean {
    if (!isMapping(one) || !isMapping(two)) return one === two;
    const keys = Object.keys({ ...one, ...two });
    return keys.every((key) => one[key] === two[key]);
}

/**
 * Rules that may apply to a fully qualified host: first those for all callers, then those that only callers in another
 * namespace use. In each namespace, the most specific host wins.
 */
export function hostRulesOf(host: string, manifests: readonly Manifest[]): readonly HostRule[] {
    const index = indexOf(manifests);
    const known = ofHosts.get(index) ?? new Map<string, readonly HostRule[]>();
    ofHosts.set(index, known);
    const found = known.get(host) ?? findHostRules(host, index);
    known.set(host, found);
    return found;
}

/** What hostRulesOf has found, because many rules ask for the same hosts. */
const ofHosts = new WeakMap<Index, Map<string, readonly HostRule[]>>();

function findHostRules(host: string, index: Index): readonly HostRule[] {
    const found = patternsFor(host).flatMap((pattern) => index.get(pattern) ?? []);
    const namespaces = new Map<string, string>();
    for (const { namespace, host: pattern } of found) {
        if (!namespaces.has(namespace)) namespaces.set(namespace, pattern);
    }
    return found
        .filter((one) => namespaces.get(one.namespace) === one.host)
        .sort((a, b) => precedence(a, host) - precedence(b, host));
}

/** The rule that callers in most namespaces use for a fully qualified host. */
export function hostRuleOf(host: string, manifests: readonly Manifest[]): HostRule | undefined {
    return hostRulesOf(host, manifests)[0];
}

export function hostRulesIn(manifests: readonly Manifest[]): HostRule[] {
    return [...indexOf(manifests).values()].flat();
}

/** `a.b.c`, `*.b.c`, `*.c`, `*`: the most specific first. */
function patternsFor(host: string): string[] {
    const parts = host.split(".").slice(1);
    const patterns = parts.map((_, index) => `*.${parts.slice(index).join(".")}`);
    return [...new Set([host, ...patterns, "*"])];
}

/** Whether a pattern or host covers a fully qualified host. */
export function covers(pattern: string, host: string): boolean {
    return pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

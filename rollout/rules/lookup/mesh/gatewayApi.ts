/** Routes of the Gateway API and the objects that they refer to. */

import { at, items, textAt } from "../../../config/unknown";
import type { Kind, Manifest } from "../../rule";
import { namespaceOf } from "../resourceName";
import { compareMatches } from "./apiMatches";

const GROUP = "gateway.networking.k8s.io";
/** Kinds of routes. */
export const ROUTE_KINDS: readonly Kind[] = ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute"].map(
    (kind) => ({ group: GROUP, kind }),
);
export const API_GATEWAY: Kind = { group: GROUP, kind: "Gateway" };
export const REFERENCE_GRANT: Kind = { group: GROUP, kind: "ReferenceGrant" };

export interface Backend {
    /** "spec.rules[0].backendRefs[1]" */
    readonly path: string;
    readonly group: string;
    readonly kind: string;
    /** As written. */
    readonly name: unknown;
    readonly namespace: string;
    readonly port: unknown;
    readonly weight: unknown;
    readonly mirrors: boolean;
}

/** Backends of one rule, without its mirrors. */
export interface BackendList {
    /** "spec.rules[0].backendRefs" */
    readonly path: string;
    readonly list: unknown;
    readonly backends: readonly Backend[];
}

export function backendLists(route: Manifest): BackendList[] {
    return items(at(route, "spec", "rules")).map(([index, rule]) => {
        const path = `spec.rules[${index}].backendRefs`;
        const list = at(rule, "backendRefs");
        const backends = items(list).map(([place, one]) =>
            backendAt(route, `${path}[${place}]`, one, false),
        );
        return { path, list, backends };
    });
}

/** Backends of all rules, and of their filters. */
export function backendsOf(route: Manifest): Backend[] {
    const mirrors = items(at(route, "spec", "rules")).flatMap(([index, rule]) =>
        items(at(rule, "filters")).flatMap(([place, filter]) => {
            const reference = at(filter, "requestMirror", "backendRef");
            const path = `spec.rules[${index}].filters[${place}].requestMirror.backendRef`;
            return reference === undefined ? [] : [backendAt(route, path, reference, true)];
        }),
    );
    return [...backendLists(route).flatMap(({ backends }) => backends), ...mirrors];
}

/** An HTTPRoute's rule that answers by itself. */
export function isRedirect(rule: unknown): boolean {
    return items(at(rule, "filters")).some(
        ([, filter]) => at(filter, "type") === "RequestRedirect",
    );
}

function backendAt(route: Manifest, path: string, reference: unknown, mirrors: boolean): Backend {
    return {
        path,
        group: textAt(reference, "group") ?? "",
        kind: textAt(reference, "kind") ?? "Service",
        name: at(reference, "name"),
        namespace: textAt(reference, "namespace") ?? namespaceOf(route),
        port: at(reference, "port"),
        weight: at(reference, "weight"),
        mirrors,
    };
}

export interface Parent {
    /** "spec.parentRefs[0]" */
    readonly path: string;
    readonly group: string;
    readonly kind: string;
    readonly name: unknown;
    readonly namespace: string;
    readonly sectionName: unknown;
    readonly port: unknown;
}

export function parentsOf(route: Manifest): Parent[] {
    return items(at(route, "spec", "parentRefs")).map(([index, reference]) => ({
        path: `spec.parentRefs[${index}]`,
        group: textAt(reference, "group") ?? GROUP,
        kind: textAt(reference, "kind") ?? "Gateway",
        name: at(reference, "name"),
        namespace: textAt(reference, "namespace") ?? namespaceOf(route),
        sectionName: at(reference, "sectionName"),
        port: at(reference, "port"),
    }));
}

/** Whether a parent or a backend is the object. */
export function refersTo(
    reference: Pick<Parent, "group" | "kind" | "name" | "namespace">,
    { group, kind }: Kind,
    namespace: string,
    name: unknown,
): boolean {
    return (
        reference.group === group &&
        reference.kind === kind &&
        reference.namespace === namespace &&
        reference.name === name
    );
}

/** One match of a rule. A request takes the first one that it meets. */
export interface OrderedMatch {
    /** "spec.rules[0]" */
    readonly path: string;
    readonly rule: unknown;
    readonly match: unknown;
}

/** The matches of an HTTPRoute, in the order in which Istio tries them. */
export function matchesInOrder(route: Manifest): OrderedMatch[] {
    const all = items(at(route, "spec", "rules")).flatMap(([index, rule]): OrderedMatch[] => {
        const written = items(at(rule, "matches")).map(([, match]) => match);
        const path = `spec.rules[${index}]`;
        return (written.length > 0 ? written : [{}]).map((match) => ({ path, rule, match }));
    });
    return all.sort((a, b) => compareMatches(a.match, b.match));
}

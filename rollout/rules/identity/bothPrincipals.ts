/** Rule: who lets in one version of a rollout lets in the other. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/names";
import type { Finding, Manifest, Options, ResourceRule } from "../rule";

/** Fields of a source that name ServiceAccounts: in full, or as `namespace/account` or `account`. */
const FIELDS = ["principals", "serviceAccounts"] as const;

export const bothPrincipals: ResourceRule = {
    scope: "resource",
    id: "both-principals",
    group: "identity",
    description:
        "A rule of an AuthorizationPolicy that names the principal of one version names the other version's too.",
    severity: "mandatory",
    kinds: [{ group: "security.istio.io", kind: "AuthorizationPolicy" }],
    options: {
        single: {
            type: "array",
            items: { type: "string" },
            description: "ServiceAccounts whose names end in -v1 or -v2 but that have no twin.",
            default: [],
        },
    },
    check(manifest, options) {
        const rules = at(manifest, "spec", "rules");
        if (rules === UNKNOWN) return [unjudged(manifest, "spec.rules")];
        return items(rules).flatMap(([index, rule]) =>
            judgeRule(manifest, `spec.rules[${index}]`, rule, options),
        );
    },
};

interface Named {
    readonly path: string;
    readonly name: string;
}

/** One rule's sources are alternatives: a pair may be spread over them. */
function judgeRule(manifest: Manifest, path: string, rule: unknown, options: Options): Finding[] {
    const from = at(rule, "from");
    if (from === UNKNOWN) return [unjudged(manifest, `${path}.from`)];
    return FIELDS.flatMap((field) => {
        const lists = items(from).map(([index, entry]) => ({
            path: `${path}.from[${index}].source.${field}`,
            list: at(entry, "source", field),
        }));
        const unknown = lists.filter(
            ({ list }) => list === UNKNOWN || items(list).some(([, one]) => one === UNKNOWN),
        );
        // The missing twin may be what is not known yet.
        if (unknown.length > 0) return unknown.map((one) => unjudged(manifest, one.path));
        const named = lists.flatMap(({ path: place, list }) =>
            items(list).flatMap(([index, one]): Named[] =>
                typeof one === "string" ? [{ path: `${place}[${index}]`, name: one }] : [],
            ),
        );
        return named.filter((one) => lacksTwin(one.name, named, options)).map(alone(manifest));
    });
}

function lacksTwin(name: string, named: readonly Named[], { single }: Options): boolean {
    const twin = twinOf(name);
    if (twin === undefined) return false;
    if (items(single).some(([, known]) => known === name || name.endsWith(`/${known}`)))
        return false;
    return !named.some((other) => matches(other.name, twin));
}

/** `…/web-v1` → `…/web-v2`; undefined for a name that is no version's. */
function twinOf(name: string): string | undefined {
    if (name.endsWith("-v1")) return name.replace(/1$/, "2");
    return name.endsWith("-v2") ? name.replace(/2$/, "1") : undefined;
}

/** Istio's patterns: a text, or one with `*` as its first or last character. */
function matches(pattern: string, name: string): boolean {
    if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
    return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function alone(manifest: Manifest): (one: Named) => Finding {
    return ({ path, name }) => ({
        resource: resourceName(manifest),
        path,
        found: name,
        expected: `${name} together with ${twinOf(name)}`,
        fix: "Name both: the versions take turns in carrying requests, and each calls with its own identity.",
    });
}

function unjudged(manifest: Manifest, path: string): Finding {
    return {
        resource: resourceName(manifest),
        path,
        found: UNKNOWN,
        expected: "principals of both versions",
        fix: "The update itself judges it.",
    };
}

/** Rule: an AuthorizationPolicy names the principals of both versions. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/resourceName";
import type { Finding, Manifest, Options, ResourceRule } from "../rule";

/** Fields of a source that name ServiceAccounts: as a full principal, `namespace/account` or `account`. */
const FIELDS = ["principals", "serviceAccounts"] as const;

export const bothPrincipals: ResourceRule = {
    scope: "resource",
    id: "both-principals",
    group: "identity",
    description:
        "An AuthorizationPolicy rule that names one version's principal must also name the other's.",
    severity: "mandatory",
    kinds: [{ group: "security.istio.io", kind: "AuthorizationPolicy" }],
    options: {
        single: {
            type: "array",
            items: { type: "string" },
            description: "ServiceAccounts that end in -v1 or -v2 but do not belong to a pair.",
            default: [],
        },
    },
    check(manifest, options) {
        const rules = at(manifest, "spec", "rules");
        if (rules === UNKNOWN) return [unknownPrincipals(manifest, "spec.rules")];
        return items(rules).flatMap(([index, rule]) =>
            judgeRule(manifest, `spec.rules[${index}]`, rule, options),
        );
    },
};

interface Named {
    readonly path: string;
    readonly name: string;
}

/** The sources of one rule are alternatives, so they may share a pair. */
function judgeRule(manifest: Manifest, path: string, rule: unknown, options: Options): Finding[] {
    const from = at(rule, "from");
    if (from === UNKNOWN) return [unknownPrincipals(manifest, `${path}.from`)];
    return FIELDS.flatMap((field) => {
        const lists = items(from).map(([index, entry]) => ({
            path: `${path}.from[${index}].source.${field}`,
            list: at(entry, "source", field),
        }));
        const unknown = lists.filter(
            ({ list }) => list === UNKNOWN || items(list).some(([, one]) => one === UNKNOWN),
        );
        // The missing principal may be one of the unknown values.
        if (unknown.length > 0) return unknown.map((one) => unknownPrincipals(manifest, one.path));
        const named = lists.flatMap(({ path: place, list }) =>
            items(list).flatMap(([index, one]): Named[] =>
                typeof one === "string" ? [{ path: `${place}[${index}]`, name: one }] : [],
            ),
        );
        return named
            .filter((one) => lacksTwin(one.name, named, options))
            .map(twinFinding(manifest));
    });
}

function lacksTwin(name: string, named: readonly Named[], { single }: Options): boolean {
    const twin = twinOf(name);
    if (twin === undefined) return false;
    if (items(single).some(([, known]) => known === name || name.endsWith(`/${known}`)))
        return false;
    return !named.some((other) => matches(other.name, twin));
}

/** `…/web-v1` → `…/web-v2`. Undefined for a name without a version. */
function twinOf(name: string): string | undefined {
    if (name.endsWith("-v1")) return name.replace(/1$/, "2");
    return name.endsWith("-v2") ? name.replace(/2$/, "1") : undefined;
}

/** An Istio pattern: a name, optionally with `*` as its first or last character. */
function matches(pattern: string, name: string): boolean {
    if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
    return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function twinFinding(manifest: Manifest): (one: Named) => Finding {
    return ({ path, name }) => ({
        resource: resourceName(manifest),
        path,
        found: name,
        expected: `${name} together with ${twinOf(name)}`,
        fix: "Name both: each version has its own identity, and both send requests during a rollout.",
    });
}

function unknownPrincipals(manifest: Manifest, path: string): Finding {
    return {
        resource: resourceName(manifest),
        path,
        found: UNKNOWN,
        expected: "principals of both versions",
        fix: "The update checks this value.",
    };
}

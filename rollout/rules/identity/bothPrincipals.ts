/** Rule: an AuthorizationPolicy names the principals of both versions. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { matchesName } from "../lookup/policies/principalPatterns";
import { resourceName } from "../lookup/resourceName";
import type { Finding, Manifest, Options, ResourceRule } from "../rule";

/** Fields of a source that name ServiceAccounts: as a full principal, `namespace/account` or `account`. */
const FIELDS = ["principals", "serviceAccounts"] as const;
/** The same, for all other callers. */
const OTHERS = ["notPrincipals", "notServiceAccounts"] as const;
/** Keys of conditions that name ServiceAccounts (pkg/config/security/security.go). */
const KEYS = ["source.principal", "source.serviceAccount"];

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

/** A list of names. */
interface Place {
    readonly path: string;
    readonly list: unknown;
}

function judgeRule(manifest: Manifest, path: string, rule: unknown, options: Options): Finding[] {
    const from = at(rule, "from");
    if (from === UNKNOWN) return [unknownPrincipals(manifest, `${path}.from`)];
    const inSources = (field: string): Place[] =>
        items(from).map(([index, entry]) => ({
            path: `${path}.from[${index}].source.${field}`,
            list: at(entry, "source", field),
        }));
    const conditions = items(at(rule, "when"))
        .filter(([, one]) => KEYS.includes(textOf(at(one, "key"))))
        .flatMap(([index, one]) =>
            ["values", "notValues"].map((field) => ({
                path: `${path}.when[${index}].${field}`,
                list: at(one, field),
            })),
        );
    // The sources of one rule are alternatives, so they may share a pair.
    const together = FIELDS.map(inSources);
    const alone = [...OTHERS.flatMap(inSources), ...conditions].map((one) => [one]);
    return [...together, ...alone].flatMap((lists) => judgeNames(manifest, lists, options));
}

function judgeNames(manifest: Manifest, lists: readonly Place[], options: Options): Finding[] {
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
        .map((one) => twinFinding(manifest, one));
}

function lacksTwin(name: string, named: readonly Named[], { single }: Options): boolean {
    const twins = twinsOf(name);
    if (twins.length === 0) return false;
    if (items(single).some(([, known]) => known === name || name.endsWith(`/${known}`)))
        return false;
    return !named.some((other) => twins.some((twin) => matchesName(other.name, twin)));
}

/** Names of two versions of one app. The second may also have the app's name alone. */
const PAIRS = [
    ["-v1", "-v2"],
    ["-blue", "-green"],
    ["-canary", "-stable"],
] as const;

/** `…/web-v1` → `…/web-v2`. Empty for a name without a version. */
function twinsOf(name: string): string[] {
    for (const [one, two] of PAIRS) {
        if (name.endsWith(one)) {
            const app = name.slice(0, -one.length);
            return one === "-canary" ? [`${app}${two}`, `${app}-primary`, app] : [`${app}${two}`];
        }
        if (name.endsWith(two)) return [`${name.slice(0, -two.length)}${one}`];
    }
    return [];
}

function twinFinding(manifest: Manifest, { path, name }: Named): Finding {
    const finding = {
        resource: resourceName(manifest),
        path,
        found: name,
        expected: `${name} together with ${twinsOf(name)[0]}`,
        fix: "Name both: each version has its own identity, and both send requests during a rollout.",
    };
    // Other names may mean something else than a version.
    return /-v[12]$/.test(name) ? finding : { ...finding, advisory: true };
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

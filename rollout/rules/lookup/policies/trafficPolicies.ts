/** The parts of a traffic policy that apply to a port (pilot/pkg/networking/util/util.go:MergeSubsetTrafficPolicy). */

import { at, items, UNKNOWN } from "../../../config/unknown";
import type { Manifest } from "../../rule";
import type { Declared, HostRule } from "./destinationRules";

/** A whole traffic policy, or the settings of one port. */
export interface PolicyPlace extends Declared {
    /** Undefined for all ports without settings of their own. */
    readonly port: unknown;
    /** Undefined for the policy of the host. */
    readonly subset: unknown;
}

/** All places of one DestinationRule that hold connection pools, outlier detection and TLS settings. */
export function placesIn(rule: Manifest): PolicyPlace[] {
    const declared = (path: string, value: unknown) => ({ rule, path, value });
    return policyPlaces({
        policy: declared("spec.trafficPolicy", at(rule, "spec", "trafficPolicy")),
        subsets: items(at(rule, "spec", "subsets")).map(([index, subset]) =>
            declared(`spec.subsets[${index}]`, subset),
        ),
    });
}

/** The same of the merged DestinationRules of a host. */
export function policyPlaces({
    policy,
    subsets,
}: Pick<HostRule, "policy" | "subsets">): PolicyPlace[] {
    const own = policy === undefined ? [] : [{ ...policy, subset: undefined }];
    const ofSubsets = subsets.map(({ rule, path, value }) => ({
        rule,
        path: `${path}.trafficPolicy`,
        value: at(value, "trafficPolicy"),
        subset: at(value, "name"),
    }));
    return [...own, ...ofSubsets]
        .filter(({ value }) => value !== undefined && value !== null)
        .flatMap((one) => [
            { ...one, port: undefined },
            ...items(at(one.value, "portLevelSettings")).map(([index, settings]) => ({
                ...one,
                path: `${one.path}.portLevelSettings[${index}]`,
                value: settings,
                port: at(settings, "port", "number"),
            })),
        ]);
}

/** The policies that Istio merges for the callers of a subset at a port. */
interface Merged {
    readonly host: PolicyPlace | undefined;
    /** Undefined if the subset has no policy. */
    readonly own: PolicyPlace | undefined;
}

interface At {
    readonly port?: unknown;
    readonly subset?: unknown;
}

/** Settings of the port, otherwise those for all ports. */
function mergedAt(hostRule: HostRule, { port, subset }: At): Merged {
    const places = policyPlaces(hostRule);
    const find = (wanted: unknown) => {
        const here = places.filter((one) => one.subset === wanted);
        const ofPort = here.find((one) => one.port !== undefined && one.port === port);
        return ofPort ?? here.find((one) => one.port === undefined);
    };
    return { host: find(undefined), own: subset === undefined ? undefined : find(subset) };
}

/**
 * The value of a field for a port, and where it is declared. Settings of a port replace those of the host: a field that
 * they omit has no value. A subset overrides the fields that it sets.
 */
export function policyField(hostRule: HostRule, field: string, where: At): Declared | undefined {
    const { host, own } = mergedAt(hostRule, where);
    const value = at(own?.value, field);
    const isOverridden = own?.port !== undefined || (value !== undefined && value !== null);
    const place = isOverridden ? own : host;
    return (
        place && { rule: place.rule, path: `${place.path}.${field}`, value: at(place.value, field) }
    );
}

/** The retry budget for a port. Istio drops that of the host if the subset has a policy of its own (ShallowCopyTrafficPolicy). */
export function retryBudgetOf(hostRule: HostRule, where: At): unknown {
    const { host, own } = mergedAt(hostRule, where);
    if (own === undefined) return at(host?.value, "retryBudget");
    return host === undefined || own.value === UNKNOWN ? at(own.value, "retryBudget") : undefined;
}

/** The HTTP routes of a live VirtualService as config: what the keys `match` and `routes` say, and what no key says. */
import { parseDuration } from "../../../rollout/config/duration";
import { isSame } from "../../../rollout/config/key";
import { routeSchema } from "../../../rollout/config/routing/ownRoutes";
import { routeRetriesSchema } from "../../../rollout/config/topics/resilience";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { covers, isCatchAll } from "../../../rollout/rules/lookup/mesh/matches";
import type { Manifest } from "../../../rollout/rules/rule";
import { resolved } from "./liveApp";

export type Plain = Record<string, unknown>;

/** Istio has no timeout by default, and the component needs one. */
export const LONG = "60s";

/** A route as an entry of the config's `routes`. */
interface Converted {
    readonly index: number;
    /** Undefined: takes every request. */
    readonly match: readonly Plain[] | undefined;
    readonly name: string;
    readonly settings: Plain;
}

export interface ConvertedRoutes {
    /** The keys `match`, `routes`, `timeout`, `retries`, `rewrite`, `headers`, `corsPolicy` and `stableOnlyPaths`. */
    readonly config: Plain;
    /** Indices of the app's routes, if the others belong to other apps. Empty if all are the app's. */
    readonly shared: readonly number[];
    /** What the adoption changes, or cannot say, and what to do. */
    readonly notes: readonly string[];
}

export interface ConvertOptions {
    /** Fully qualified host of the app's Service. */
    readonly host: string | undefined;
    /** Whether sidecars use the VirtualService. */
    readonly isOnMesh: boolean;
    readonly isDelegate: boolean;
}

/**
 * Undefined if a route has a field or a condition that no key says, or if routes of other apps apply in the mesh or overlap the
 * app's.
 */
export function convertRoutes(
    virtualService: Manifest,
    options: ConvertOptions,
): ConvertedRoutes | undefined {
    const routes = items(at(virtualService, "spec", "http"));
    const hostsOfRoute = (route: unknown) =>
        items(at(route, "route")).map(([, one]) =>
            resolved(String(at(one, "destination", "host")), virtualService),
        );
    const isForeign = (route: unknown) =>
        at(route, "delegate") !== undefined ||
        (hostsOfRoute(route).length > 0 && !hostsOfRoute(route).includes(String(options.host)));
    const isShared = routes.some(([, route]) => isForeign(route));
    if (isShared && (options.isOnMesh || options.isDelegate)) return undefined;
    const own = routes.filter(
        ([, route]) => !isShared || hostsOfRoute(route).includes(String(options.host)),
    );
    const rest = routes.filter((one) => !own.includes(one));
    if (own.some(([, one]) => rest.some(([, other]) => overlap(one, other)))) return undefined;
    const notes: string[] = [];
    const converted = own.map(([index, route]) => {
        const isOwn = hostsOfRoute(route).every((one) => one === options.host);
        return isOwn ? convert(index, route as Plain, notes) : undefined;
    });
    const known = converted.filter((one) => one !== undefined);
    if (known.length === 0 || known.length < converted.length) return undefined;
    const config = { ...configOf(known, options, notes) };
    if (hasPattern(config) || options.isDelegate) {
        config.stableOnlyPaths = [];
        notes.push(
            "`stableOnlyPaths` is `[]`, because it cannot be combined with a delegate or with a regular expression for a path. The canary gets every path",
        );
    }
    return { config, shared: isShared ? own.map(([index]) => index) : [], notes };
}

/** Whether the order of two routes matters, which two VirtualServices do not keep. Istio puts routes for all requests last. */
function overlap(one: unknown, two: unknown): boolean {
    const limited = (route: unknown) =>
        items(at(route, "match")).flatMap(([, match]) => (isCatchAll(match) ? [] : [match]));
    return limited(one).some((a) => limited(two).some((b) => covers(a, b) || covers(b, a)));
}

function convert(index: number, route: Plain, notes: string[]): Converted | undefined {
    const { name, route: destinations, timeout, retries, match, ...actions } = route;
    if (items(destinations).some(([, one]) => at(one, "headers") !== undefined)) return undefined;
    const label = textAt(route, "name") ?? `route-${index + 1}`;
    const entries = items(match).map(([, one]) => withoutLabels(one as Plain));
    const takesAll = entries.length === 0 || entries.some(isCatchAll);
    const milliseconds = parseDuration(timeout);
    const settings: Plain = {
        ...actions,
        ...(milliseconds !== undefined && milliseconds > 0 && { timeout }),
        ...(retries !== undefined && {
            retries: convertRetries(label, retries, milliseconds || parseDuration(LONG), notes),
        }),
    };
    const candidate = { name: label, match: takesAll ? EVERY_PATH : entries, ...settings };
    const isNamed = routeSchema.safeParse(candidate).success;
    const named = isNamed ? label : `route-${index + 1}`;
    if (!isNamed && !routeSchema.safeParse({ ...candidate, name: named }).success) {
        return undefined;
    }
    return { index, name: named, settings, match: takesAll ? undefined : entries };
}

const EVERY_PATH = [{ uri: { prefix: "/" } }];

/** Fields of a match that select no requests. */
function withoutLabels({ name: _, statPrefix: __, ...match }: Plain): Plain {
    const { ignoreUriCase, ...rest } = match;
    return ignoreUriCase === true ? match : rest;
}

function convertRetries(
    label: string,
    retries: unknown,
    timeout: number | undefined,
    notes: string[],
): Plain {
    const attempts = Math.min(Number(at(retries, "attempts") ?? 2), 5);
    const perTryTimeout = textAt(retries, "perTryTimeout");
    const retryOn = textAt(retries, "retryOn")
        ?.split(",")
        .map((one) => one.trim());
    const fits = (parseDuration(perTryTimeout) ?? 0) * (attempts + 1) <= (timeout ?? 0);
    if (!fits) {
        notes.push(
            `${label} tries ${attempts + 1} times for ${perTryTimeout}, which is longer than its timeout; \`perTryTimeout\` is not taken over`,
        );
    }
    const whole = {
        attempts,
        ...(perTryTimeout !== undefined && fits && { perTryTimeout }),
        ...(retryOn !== undefined && { retryOn }),
    };
    if (routeRetriesSchema.safeParse(whole).success) return whole;
    notes.push(
        `${label} retries on ${retryOn?.join(", ")} with \`perTryTimeout\` ${perTryTimeout ?? "unset"}, of which only \`attempts\` is taken over`,
    );
    return { attempts };
}

/** The rest of the app's requests has the settings of the route that takes every request, or of the last one. */
function configOf(
    routes: readonly Converted[],
    { isOnMesh, isDelegate }: ConvertOptions,
    notes: string[],
): Plain {
    const last = routes.at(-1);
    const hasRest = last?.match === undefined;
    const isPart = !hasRest && !isOnMesh;
    const rest = (hasRest || isPart) && last ? last.settings : {};
    const { redirect, ...usual } = rest;
    if (redirect !== undefined) return { routes: routes.map((one) => entry(one, {}, notes)) };
    const own = routes.filter((one) => one !== last || !(hasRest || isPart));
    // Routes with the settings of the rest need no entry, if none is between them.
    while (isPart && isSame(own.at(-1)?.settings, rest)) own.pop();
    if (!hasRest && isOnMesh) {
        notes.push(
            "requests that no route matches get 404 today, and will get to the app by the timeout and retries for all requests",
        );
    }
    const match = isPart
        ? routes.flatMap((one) => one.match ?? [])
        : usual.rewrite !== undefined && !isOnMesh && !isDelegate
          ? // Inside the mesh, callers use the app's own paths.
            EVERY_PATH
          : [];
    return {
        ...usual,
        ...(match.length > 0 && { match }),
        ...(own.length > 0 && { routes: own.map((one) => entry(one, usual, notes)) }),
    };
}

/** A setting that the route does not have must not come from the rest. */
function entry({ name, match, settings }: Converted, usual: Plain, notes: string[]): Plain {
    const none = ["rewrite", "headers", "corsPolicy"].filter(
        (field) => usual[field] !== undefined && settings[field] === undefined,
    );
    const isRedirect = settings.redirect !== undefined;
    const cleared = isRedirect ? none.filter((field) => field !== "rewrite") : none;
    const needsTimeout =
        !isRedirect && settings.timeout === undefined && usual.timeout !== undefined;
    if (needsTimeout) {
        notes.push(
            `${name} has no timeout today; \`timeout: ${LONG}\` is set. If it streams, set \`0s\` and an exemption (docs/traffic/routes.md)`,
        );
    }
    return {
        name,
        match: match ?? EVERY_PATH,
        ...Object.fromEntries(cleared.map((field) => [field, {}])),
        ...settings,
        ...(needsTimeout && { timeout: LONG }),
    };
}

function hasPattern(config: Plain): boolean {
    const matches = [
        ...items(config.match),
        ...items(config.routes).flatMap(([, route]) => items(at(route, "match"))),
    ];
    const rewrites = [config.rewrite, ...items(config.routes).map(([, one]) => at(one, "rewrite"))];
    return (
        matches.some(([, one]) => at(one, "uri", "regex") !== undefined) ||
        rewrites.some((one) => at(one, "uriRegexRewrite") !== undefined)
    );
}

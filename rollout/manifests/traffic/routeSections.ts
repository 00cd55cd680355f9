/** Sections of the app's requests, each with settings of its own: every entry of `routes`, and the rest. */
import { canonicalDuration } from "../../config/duration";
import { isSame } from "../../config/key";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { type FaultConfig, hasFault } from "../../config/routing/fault";
import { matchBoth } from "../../config/routing/matchBoth";
import type { RouteConfig } from "../../config/routing/ownRoutes";
import type { HttpMatch } from "../../config/routing/requestMatch";
import type {
    CorsConfig,
    HeadersConfig,
    RedirectConfig,
    RewriteConfig,
} from "../../config/routing/routeActions";
import { sharesHost, type Where } from "./gatewayPart";

/** Requests of a section: one entry of its matches. */
export interface Part {
    /** `{}` for every request. */
    readonly match: HttpMatch;
    /** The match that the user wrote beside the rewrite. The part may be narrower. */
    readonly origin: HttpMatch;
}

export interface Section {
    /** Precedes the names of the section's routes; empty for the rest. */
    readonly prefix: string;
    readonly parts: readonly Part[];
    readonly timeout: string;
    readonly retries: NonNullable<RouteConfig["retries"]>;
    readonly rewrite?: RewriteConfig | undefined;
    readonly headers?: HeadersConfig | undefined;
    readonly corsPolicy?: CorsConfig | undefined;
    readonly fault?: FaultConfig | undefined;
    readonly redirect?: RedirectConfig | undefined;
}

/** The sections in the order of their routes; the rest is last. */
export function sectionsOf(config: RolloutConfig, where: Where): Section[] {
    const { routes, match, timeout, retries } = config;
    const shared = where === "gateway" && match.length > 0 ? match.map(asIstio) : [{}];
    const usual = {
        timeout,
        retries,
        // Inside the mesh, callers use the app's own host, with the app's own paths.
        rewrite: where === "mesh" && sharesHost(config) ? undefined : filled(config.rewrite),
        headers: filled(config.headers),
        corsPolicy: filled(config.corsPolicy),
        fault: filled(config.fault),
    };
    const own = routes.map((route) => sectionOf(route, shared, usual));
    const rest = shared.map((one) => ({ match: one, origin: one }));
    return [...own, { prefix: "", parts: rest, ...usual }];
}

function sectionOf(
    route: RouteConfig,
    shared: readonly HttpMatch[],
    usual: Omit<Section, "prefix" | "parts">,
): Section {
    const { name, match, ...settings } = route;
    const parts = shared.flatMap((wide) =>
        match.flatMap((written): Part[] => {
            const narrow = asIstio(written);
            const both = matchBoth(wide, narrow);
            const origin = settings.rewrite === undefined ? wide : narrow;
            return both === undefined ? [] : [{ match: both, origin }];
        }),
    );
    const isFirst = ({ match }: Part, index: number) =>
        parts.findIndex((one) => isSame(one.match, match)) === index;
    const given = Object.entries(settings)
        .filter(([, value]) => value !== undefined)
        .map(([field, value]) => [field, isSame(value, {}) ? undefined : value]);
    return {
        ...usual,
        ...Object.fromEntries(given),
        prefix: `${name}-`,
        parts: parts.filter(isFirst),
    };
}

/** Envoy compares names of headers in lower case. */
function asIstio(match: HttpMatch): HttpMatch {
    const { headers, withoutHeaders } = match;
    return {
        ...match,
        ...(headers && { headers: inLowerCase(headers) }),
        ...(withoutHeaders && { withoutHeaders: inLowerCase(withoutHeaders) }),
    };
}

function inLowerCase<T>(named: Readonly<Record<string, T>>): Record<string, T> {
    const entries = Object.entries(named);
    return Object.fromEntries(entries.map(([name, one]) => [name.toLowerCase(), one]));
}

function filled<T extends object>(value: T): T | undefined {
    return Object.keys(value).length === 0 ? undefined : value;
}

/** The faults of a route. Undefined if they apply to no request. */
export function faultOf(config: FaultConfig | undefined) {
    if (!hasFault(config)) return undefined;
    const [delay, abort] = [applied(config?.delay), applied(config?.abort)];
    return {
        ...(delay && { delay: { ...delay, fixedDelay: canonicalDuration(delay.fixedDelay) } }),
        ...(abort && { abort }),
    };
}

/** Istio's percentage is an object. */
function applied<Fault extends { readonly percentage: number }>(fault: Fault | undefined) {
    if (fault === undefined || fault.percentage === 0) return undefined;
    return { ...fault, percentage: { value: fault.percentage } };
}

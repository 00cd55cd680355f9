/** Live routes and limits as config, and generous values where there are none. */
import { parseDuration } from "../../../rollout/config/duration";
import { at, isMapping, items, textAt } from "../../../rollout/config/unknown";
import { bindingsOf } from "../../../rollout/rules/lookup/mesh/gateways";
import type { Manifest } from "../../../rollout/rules/rule";
import { type AdoptFinding, finding, ownersText } from "./finding";
import { hasRolloutsName, hostsOf, type LiveApp, nameOf } from "./liveApp";

type Plain = Record<string, unknown>;

/** Istio limits nothing without a DestinationRule. So high that nothing changes, yet a number that can be lowered. */
const UNLIMITED = 10_000;
/** Istio has no timeout by default, and the component needs one. */
const LONG = "60s";
/** Fields of a route that the config can say. */
const SAID = ["name", "route", "timeout", "retries"];

export interface AdoptedTraffic {
    readonly config: Plain;
    /** Routes that the config cannot say, as they are: they need a program with a transform. */
    readonly ownRoutes: readonly Plain[];
    /** VirtualServices of other names, which must go once the rollout's route is there. */
    readonly replaced: readonly Manifest[];
    readonly findings: readonly AdoptFinding[];
}

export function adoptTraffic(app: LiveApp): AdoptedTraffic {
    const findings: AdoptFinding[] = [];
    const config: Plain = {};
    const [first, ...others] = app.virtualServices;
    for (const one of others) {
        const text =
            "another VirtualService for the same Service: merge their routes into one first, because a rollout has one";
        findings.push(finding("blocked", one, text));
    }
    const ownRoutes = first === undefined ? [] : routeConfig(first, app.host, config, findings);
    if (config.timeout === undefined) {
        config.timeout = LONG;
        findings.push(
            finding(
                "manual",
                app.service ?? app.deployment,
                `requests have no timeout today; \`timeout: ${LONG}\` is set. Raise it if some take longer, and lower it after the adoption`,
            ),
        );
    }
    limits(app, config, findings);
    const replaced = first === undefined || hasRolloutsName(app, first) ? [] : [first];
    return { config, ownRoutes, replaced, findings };
}

function routeConfig(
    virtualService: Manifest,
    host: string | undefined,
    config: Plain,
    findings: AdoptFinding[],
): readonly Plain[] {
    const outside = hostsOf(virtualService).filter((one) => one !== undefined && one !== host);
    const gateways = bindingsOf(virtualService).map(({ name }) => String(name));
    if (outside.length > 0) config.hosts = outside;
    if (gateways.some((name) => name !== "mesh")) {
        config.gateways = [...new Set(["mesh", ...gateways])];
    }
    const routes = items(at(virtualService, "spec", "http")).map(([, route]) => route as Plain);
    const last = routes.at(-1);
    const isPlain = (route: Plain) => Object.keys(route).every((key) => SAID.includes(key));
    if (last !== undefined && isPlain(last) && items(last.route).length === 1) {
        if (typeof last.timeout === "string" && parseDuration(last.timeout) !== undefined) {
            config.timeout = last.timeout;
        }
        const attempts = at(last, "retries", "attempts");
        if (typeof attempts === "number") config.retries = { attempts: Math.min(attempts, 5) };
    }
    const own = routes.filter((route) => route !== last || !isPlain(route));
    const owners = `its fields belong to ${ownersText(virtualService)}`;
    findings.push(finding("taken", virtualService, `hosts, gateways, timeout; ${owners}`));
    if (at(virtualService, "spec", "tcp") ?? at(virtualService, "spec", "tls")) {
        findings.push(
            finding("manual", virtualService, "its tcp and tls routes are not taken over"),
        );
    }
    if (own.length > 0) {
        const text = `${own.length} routes with matches, rewrites, headers or destinations of their own, which no config key says. \`routes.ts\` keeps them: add it to the program as a transform (step 1)`;
        findings.push(finding("manual", virtualService, text));
    }
    return own;
}

/** Limits of the live DestinationRule, and none in effect where it has none. */
function limits(app: LiveApp, config: Plain, findings: AdoptFinding[]): void {
    const [rule, ...others] = app.destinationRules;
    const policy = at(rule, "spec", "trafficPolicy");
    const pool = at(policy, "connectionPool");
    const limit = (...path: string[]) => {
        const found = at(pool, ...path);
        return typeof found === "number" && found > 0 ? found : UNLIMITED;
    };
    config.connectionPool = {
        maxConnections: limit("tcp", "maxConnections"),
        maxPendingRequests: limit("http", "http1MaxPendingRequests"),
        maxRequests: limit("http", "http2MaxRequests"),
    };
    const algorithm = textAt(policy, "loadBalancer", "simple");
    if (algorithm !== undefined && ["LEAST_REQUEST", "ROUND_ROBIN", "RANDOM"].includes(algorithm)) {
        config.loadBalancing = { algorithm };
    }
    if (rule === undefined) {
        const text = `there are no connection limits today; \`connectionPool\` is set to ${UNLIMITED}, so that no request meets one. Lower it after the adoption. Outlier detection is new: a pod that answers 5 times 5xx in a row gets no requests for 30 s`;
        findings.push(finding("manual", app.service ?? app.deployment, text));
        return;
    }
    findings.push(
        finding("taken", rule, `connection limits; its fields belong to ${ownersText(rule)}`),
    );
    const known = ["connectionPool", "loadBalancer", "outlierDetection"];
    const unknown = Object.keys(isMapping(policy) ? policy : {}).filter(
        (key) => !known.includes(key),
    );
    if (unknown.length > 0 || at(rule, "spec", "subsets") !== undefined) {
        const what = [...unknown, ...(at(rule, "spec", "subsets") ? ["subsets"] : [])].join(", ");
        findings.push(
            finding("manual", rule, `not taken over: ${what}. The subsets become v1 and v2`),
        );
    }
    for (const one of others) {
        findings.push(
            finding("blocked", one, "a second DestinationRule of the host: merge the two first"),
        );
    }
    if (nameOf(rule) !== nameOf(app.service ?? app.deployment)) {
        findings.push(
            finding(
                "manual",
                rule,
                "it has another name than the Service, so delete it after the adoption (last step)",
            ),
        );
    }
}

/** Live routes and limits as config, and generous values where there are none. */
import { parseDuration } from "../../../rollout/config/duration";
import { gatewayRouteName } from "../../../rollout/config/names";
import { at, items } from "../../../rollout/config/unknown";
import { bindingsOf } from "../../../rollout/rules/lookup/mesh/gateways";
import { namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import { delegatesTo } from "../cluster/delegates";
import { apiRoute } from "./adoptApiRoute";
import { adoptLimits, UNLIMITED } from "./adoptLimits";
import { convertRoutes, LONG, type Plain } from "./adoptRoutes";
import { type AdoptFinding, finding, ownersText } from "./finding";
import { hasRolloutsName, hostsOf, type LiveApp, nameOf, resolved } from "./liveApp";

/** The app's routes in a VirtualService that other apps have too, or a root's routes that delegate to it. */
export interface RoutePatch {
    readonly virtualService: Manifest;
    /** JSON patch. */
    readonly operations: readonly object[];
}

export interface AdoptedTraffic {
    readonly config: Plain;
    /** Routes that the config cannot say, as they are: they need a program with a transform. */
    readonly ownRoutes: readonly Plain[];
    /** VirtualServices of other names, which must go once the rollout's route is there. */
    readonly replaced: readonly Manifest[];
    /** Changes to VirtualServices of others once the rollout's route is there. */
    readonly patches: readonly RoutePatch[];
    readonly findings: readonly AdoptFinding[];
}

/** @param isTcp the app has connections only, no requests. */
export function adoptTraffic(app: LiveApp, isTcp: boolean): AdoptedTraffic {
    const findings: AdoptFinding[] = [];
    const config: Plain = {};
    const [first, ...others] = app.virtualServices;
    for (const one of others) {
        const text =
            "another VirtualService for the same Service: merge their routes into one first, because a rollout has one";
        findings.push(finding("blocked", one, text));
    }
    const { ownRoutes, replaced, patches } =
        first === undefined ? NO_ROUTES : routeConfig(app, first, config, findings);
    if (isTcp) delete config.timeout;
    else if (config.timeout === undefined) {
        config.timeout = LONG;
        findings.push(
            finding(
                "manual",
                app.service ?? app.deployment,
                `requests have no timeout today; \`timeout: ${LONG}\` is set. Raise it if some take longer, and lower it after the adoption`,
            ),
        );
    }
    limits(app, isTcp, config, findings);
    findings.push(...app.httpRoutes.map((one) => apiRoute(app, one)));
    return { config, ownRoutes, replaced, patches, findings };
}

type Routes = Pick<AdoptedTraffic, "ownRoutes" | "replaced" | "patches">;

const NO_ROUTES: Routes = { ownRoutes: [], replaced: [], patches: [] };

function routeConfig(
    app: LiveApp,
    virtualService: Manifest,
    config: Plain,
    findings: AdoptFinding[],
): Routes {
    const { host } = app;
    const hosts = hostsOf(virtualService);
    const isDelegate = hosts.length === 0;
    // As written: `example.com` has the form of a Service and its namespace.
    const outside = items(at(virtualService, "spec", "hosts"))
        .map(([, one]) => String(one))
        .filter((one) => resolved(one, virtualService) !== host);
    const gateways = bindingsOf(virtualService).map(({ name }) => String(name));
    const isOnMesh = !isDelegate && gateways.includes("mesh");
    if (outside.length > 0) config.hosts = outside;
    if (gateways.some((name) => name !== "mesh")) {
        config.gateways = [...new Set(["mesh", ...gateways])];
    }
    if (isDelegate) config.delegate = true;
    if (at(virtualService, "spec", "tcp") ?? at(virtualService, "spec", "tls")) {
        findings.push(
            finding("manual", virtualService, "its tcp and tls routes are not taken over"),
        );
    }
    const found = convertRoutes(virtualService, { host, isOnMesh, isDelegate });
    if (found === undefined) {
        const ownRoutes = keptRoutes(virtualService, config, findings);
        const isKept = hasRolloutsName(app, virtualService);
        return { ownRoutes, replaced: isKept ? [] : [virtualService], patches: [] };
    }
    Object.assign(config, found.config);
    const keys = ["hosts", "gateways", ...Object.keys(found.config)].join(", ");
    const owners = `its fields belong to ${ownersText(virtualService)}`;
    findings.push(finding("taken", virtualService, `${keys}; ${owners}`));
    for (const note of found.notes) findings.push(finding("manual", virtualService, note));
    nameConflicts(app, virtualService, config, found.shared.length > 0, findings);
    if (found.shared.length > 0) {
        const text = `${found.shared.length} of its routes are the app's. The others stay; a step of the plan removes the app's`;
        findings.push(finding("kept", virtualService, text));
        const operations = [...found.shared]
            .reverse()
            .map((index) => ({ op: "remove", path: `/spec/http/${index}` }));
        return { ownRoutes: [], replaced: [], patches: [{ virtualService, operations }] };
    }
    const isKept = hasRolloutsName(app, virtualService);
    if (isDelegate && app.roots.length === 0) {
        const name = gatewayRouteName(app.service === undefined ? "" : nameOf(app.service));
        const text = `no VirtualService that you may list delegates to it. Let its root delegate to ${app.namespace}/${name} before you delete it`;
        findings.push(finding("manual", virtualService, text));
    }
    const patches = app.roots.map((root) => delegation(app, root, virtualService));
    return { ownRoutes: [], replaced: isKept ? [] : [virtualService], patches };
}

/** The rollout's own VirtualServices must not take the place of one that still routes requests. */
function nameConflicts(
    app: LiveApp,
    virtualService: Manifest,
    { delegate, match }: Plain,
    isShared: boolean,
    findings: AdoptFinding[],
): void {
    const name = nameOf(virtualService);
    const isHere = namespaceOf(virtualService) === app.namespace;
    const rollout = app.service === undefined ? "" : nameOf(app.service);
    const needsGateways = delegate === true || match !== undefined;
    const taken = [
        ...(needsGateways ? [gatewayRouteName(rollout)] : []),
        ...(isShared || delegate === true ? [rollout] : []),
    ];
    if (!isHere || !taken.includes(name)) return;
    const text =
        "the rollout's own VirtualService will have this name, and this one must route until then. Copy it under another name, delete this one, and run `adopt` again";
    findings.push(finding("blocked", virtualService, text));
}

/** The root delegates to the rollout's VirtualService. */
function delegation(app: LiveApp, root: Manifest, delegate: Manifest): RoutePatch {
    const name = gatewayRouteName(app.service === undefined ? "" : nameOf(app.service));
    const operations = delegatesTo(root, delegate).map((index) => ({
        op: "replace",
        path: `/spec/http/${index}/delegate`,
        value: { name, namespace: app.namespace },
    }));
    return { virtualService: root, operations };
}

/** Fields of a route that a plain last route has. */
const PLAIN = ["name", "route", "timeout", "retries"];

/** The timeout and retries of a last plain route as config. All others stay as they are. */
function keptRoutes(
    virtualService: Manifest,
    config: Plain,
    findings: AdoptFinding[],
): readonly Plain[] {
    const routes = items(at(virtualService, "spec", "http")).map(([, route]) => route as Plain);
    const last = routes.at(-1);
    const isPlain = (route: Plain) => Object.keys(route).every((key) => PLAIN.includes(key));
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
    if (own.length > 0) {
        const text = `${own.length} routes with destinations, conditions or fields of their own, which no config key says. \`routes.ts\` keeps them: add it to the program as a transform (step 1)`;
        findings.push(finding("manual", virtualService, text));
    }
    return own;
}

/** Limits of the live DestinationRule, and none in effect where it has none. */
function limits(app: LiveApp, isTcp: boolean, config: Plain, findings: AdoptFinding[]): void {
    const [rule, ...others] = app.destinationRules;
    const { config: found, lost } = adoptLimits(at(rule, "spec", "trafficPolicy"), isTcp);
    Object.assign(config, found);
    if (rule === undefined) {
        const text = `there are no connection limits today; \`connectionPool\` is set to ${UNLIMITED}, so that no request meets one. Lower it after the adoption. Outlier detection is new: a pod that answers 5 times 5xx in a row gets no requests for 30 s`;
        findings.push(finding("manual", app.service ?? app.deployment, text));
        return;
    }
    findings.push(
        finding("taken", rule, `connection limits; its fields belong to ${ownersText(rule)}`),
    );
    const left = [
        ...lost,
        ...(at(rule, "spec", "subsets") ? ["`subsets`, which become v1 and v2"] : []),
    ];
    if (left.length > 0) {
        findings.push(finding("manual", rule, `not taken over: ${left.join(", ")}`));
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

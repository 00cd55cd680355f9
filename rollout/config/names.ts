/** Names of a rollout in programs, clusters, stacks and dashboards. Each is defined only here. */
import type { Slot } from "./slots";
import { at, textAt } from "./unknown";

/** Name of the package, the field manager and the policy pack. */
export const PROJECT = "istio-canary";

/** Type tokens of the components. Stacks written by earlier releases contain `rollout:index:…`. */
export const TYPES = {
    rollout: typeToken("CanaryRollout"),
    driver: typeToken("CanaryDriver"),
    trafficSplit: typeToken("TrafficSplit"),
    workload: typeToken("VersionWorkload"),
} as const;

function typeToken(name: string) {
    return { type: `${PROJECT}:index:${name}`, alias: `rollout:index:${name}` } as const;
}

/** Whether a resource type is that of a component, in this release or an earlier one. */
export function isType(
    { type, alias }: (typeof TYPES)[keyof typeof TYPES],
    found: unknown,
): boolean {
    return found === type || found === alias;
}

/** Prefix of annotation names. */
export const DOMAIN = "istio-canary.dev";
/** Prefix of annotations that earlier releases wrote. They are still read. */
export const EARLIER_DOMAIN = "rollout";

/** Annotations on a rollout's objects. */
export const ANNOTATIONS = {
    /** On the VirtualService: the slot that was stable when the route was written. */
    stable: `${DOMAIN}/stable`,
    /** On the VirtualService: the slots whose pods somebody else manages, `v1,v2`. */
    workloads: `${DOMAIN}/workloads`,
    /** On the stable's Deployment in mode replicas: the stable's percentage of requests. */
    share: `${DOMAIN}/share`,
    /** On the Lease: controls that users set for the driver, and the status that the driver writes. */
    controls: `${DOMAIN}/controls`,
    status: `${DOMAIN}/status`,
} as const;

/** Labels on the Jobs of metrics. Not `app`, by which the app's Service selects. */
export const JOB_LABELS = {
    /** Id of the rollout. */
    rollout: `${DOMAIN}/rollout`,
    metric: `${DOMAIN}/metric`,
} as const;

/** The value of an annotation, under its current or its earlier name. */
export function annotationOf(object: unknown, name: keyof typeof ANNOTATIONS): unknown {
    const all = at(object, "metadata", "annotations");
    return at(all, ANNOTATIONS[name]) ?? at(all, `${EARLIER_DOMAIN}/${name}`);
}

/** Prefix of a rule id: `exempt.istio-canary.dev/http-timeout: "2026-12-31 long polling"`. */
export const EXEMPT_PREFIX = `exempt.${DOMAIN}/`;
export const EXEMPT_PREFIXES: readonly string[] = [EXEMPT_PREFIX, `exempt.${EARLIER_DOMAIN}/`];

/**
 * Error code for config that the program's own checks reject before registering any resource. The first line of the error
 * contains it, so that the driver does not depend on the wording.
 */
export const REFUSED = "istio-canary/refused";

/** Annotation that tells Pulumi not to wait until an object is ready. */
export const SKIP_AWAIT = "pulumi.com/skipAwait";

/** Names of a rollout's HTTP routes. They must not change: an update reads the routes that the previous update wrote. */
export const ROUTES = {
    stableOnly: "stable-only",
    targeted: "targeted",
    mirrored: "mirrored",
    weighted: "weighted",
} as const;

/** Name of a slot's Deployment and ServiceAccount: `web-v1`. */
export function workloadName(app: string, slot: Slot): string {
    return `${app}-${slot}`;
}

const GATEWAY_ROUTE = "-gateway";

/** Name of the VirtualService or HTTPRoute that only gateways use. */
export function gatewayRouteName(app: string): string {
    return `${app}${GATEWAY_ROUTE}`;
}

/** Whether a route is the app's. Somebody else's, or that of another app, may have the name of the gateways' own. */
export function isRouteOf(app: string, route: unknown): boolean {
    const name = textAt(route, "metadata", "name");
    if (name !== gatewayRouteName(app)) return name === app;
    return annotationOf(route, "stable") !== undefined && appsOfRoute(route).includes(app);
}

/** Label with the app's name on every object of a rollout. */
export const NAME_LABEL = "app.kubernetes.io/name";

/**
 * Names that the app of a route may have: the route's own, or what precedes `-gateway`. The label decides between the two. Any
 * other label is of another tool, such as Helm: a rollback must not depend on it.
 */
export function appsOfRoute(route: unknown): string[] {
    const name = textAt(route, "metadata", "name") ?? "";
    const apps = name.endsWith(GATEWAY_ROUTE)
        ? [name, name.slice(0, -GATEWAY_ROUTE.length)]
        : [name];
    const labelled = apps.filter((app) => app === at(route, "metadata", "labels", NAME_LABEL));
    return labelled.length > 0 ? labelled : apps;
}

/** Name of the Lease that a rollout's driver holds. */
export function leaseName(app: string): string {
    return `${app}-canary`;
}

/** DNS domain of a cluster, unless it was installed with another. */
export const CLUSTER_DOMAIN = "cluster.local";

/** The Service's fully qualified name, which resolves the same way in every namespace. */
export function serviceHost(app: string, namespace: string, domain = CLUSTER_DOMAIN): string {
    return `${app}.${namespace}.svc.${domain}`;
}

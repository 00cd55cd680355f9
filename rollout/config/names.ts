/** Names that programs, clusters, stacks and dashboards know a rollout by. Each is defined here and nowhere else. */
import type { Slot } from "./topics/roles";
import { at } from "./unknown";

/** The package, the field manager, the policy pack. */
export const PROJECT = "istio-canary";

/** Type tokens of the components. Stacks of earlier releases have `rollout:index:…`. */
export const TYPES = {
    rollout: typeToken("CanaryRollout"),
    driver: typeToken("CanaryDriver"),
    trafficSplit: typeToken("TrafficSplit"),
    workload: typeToken("VersionWorkload"),
} as const;

function typeToken(name: string) {
    return { type: `${PROJECT}:index:${name}`, alias: `rollout:index:${name}` } as const;
}

/** Whether a resource's type is one of our components', of this release or an earlier one. */
export function isType(
    { type, alias }: (typeof TYPES)[keyof typeof TYPES],
    found: unknown,
): boolean {
    return found === type || found === alias;
}

/** Begins the names of annotations. */
const DOMAIN = "istio-canary.dev";
/** What annotations of earlier releases begin with; they are still read. */
const EARLIER_DOMAIN = "rollout";

/** Annotations on a rollout's objects. */
export const ANNOTATIONS = {
    /** On the VirtualService: the slot that was stable when the route was written. */
    stable: `${DOMAIN}/stable`,
    /** On the stable's Deployment in mode replicas: percentage of requests that the stable has. */
    share: `${DOMAIN}/share`,
    /** On the Lease: what people ask of the driver, and what the driver says of itself. */
    controls: `${DOMAIN}/controls`,
    status: `${DOMAIN}/status`,
} as const;

/** An annotation of an object, also under its earlier name. */
export function annotationOf(object: unknown, name: keyof typeof ANNOTATIONS): unknown {
    const all = at(object, "metadata", "annotations");
    return at(all, ANNOTATIONS[name]) ?? at(all, `${EARLIER_DOMAIN}/${name}`);
}

/** Before the id of a rule: `exempt.istio-canary.dev/http-timeout: "2026-12-31 long polling"`. */
export const EXEMPT_PREFIX = `exempt.${DOMAIN}/`;
export const EXEMPT_PREFIXES: readonly string[] = [EXEMPT_PREFIX, `exempt.${EARLIER_DOMAIN}/`];

/**
 * Code of a refusal by the program's own checks, which end before anything is registered. It stands in the error's first
 * line, so that a driver recognizes it whatever the words around it are.
 */
export const REFUSED = "istio-canary/refused";

/** Annotation that tells Pulumi not to wait until an object is ready. */
export const SKIP_AWAIT = "pulumi.com/skipAwait";

/** Names of a rollout's HTTP routes. They never change, so that an update can read what the one before it left. */
export const ROUTES = {
    stableOnly: "stable-only",
    targeted: "targeted",
    mirrored: "mirrored",
    weighted: "weighted",
} as const;

/** A slot's Deployment and ServiceAccount: `web-v1`. */
export function workloadName(app: string, slot: Slot): string {
    return `${app}-${slot}`;
}

/** The VirtualService that only gateways use. */
export function gatewayRouteName(app: string): string {
    return `${app}-gateway`;
}

/** The Lease that a rollout's driver holds. */
export function leaseName(app: string): string {
    return `${app}-canary`;
}

/** The Service's full name, which means the same in every namespace. */
export function serviceHost(app: string, namespace: string): string {
    return `${app}.${namespace}.svc.cluster.local`;
}

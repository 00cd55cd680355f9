/** What the cluster has of an app that istio-canary does not manage yet. */
import { serviceHost } from "../../../rollout/config/names";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { backendsOf, parentsOf, refersTo } from "../../../rollout/rules/lookup/mesh/gatewayApi";
import { SERVICE } from "../../../rollout/rules/lookup/mesh/registry";
import { fullHost, namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import { delegatesTo } from "../cluster/delegates";

/** Objects as the API server returns them, with their kinds. */
export interface LiveObjects {
    /** The Deployment, or the Rollout of Argo Rollouts, whose pods serve the requests. */
    readonly deployment: Manifest;
    /** The object of another tool that rolls the app out. */
    readonly peer?: Manifest;
    /** The Deployment that this object names, if its pods do not serve the requests. */
    readonly source?: Manifest;
    /** Of the Deployment's namespace. */
    readonly services: readonly Manifest[];
    readonly autoscalers: readonly Manifest[];
    readonly budgets: readonly Manifest[];
    readonly serviceAccounts: readonly Manifest[];
    readonly peerAuthentications: readonly Manifest[];
    /** Of all namespaces that may be read. */
    readonly virtualServices: readonly Manifest[];
    readonly httpRoutes: readonly Manifest[];
    readonly destinationRules: readonly Manifest[];
    readonly authorizationPolicies: readonly Manifest[];
    readonly roleBindings: readonly Manifest[];
    /** What may not be listed. */
    readonly denied: readonly string[];
}

export interface LiveApp {
    readonly name: string;
    readonly namespace: string;
    readonly deployment: Manifest;
    /** The Service that becomes the rollout's. */
    readonly service: Manifest | undefined;
    /** Its fully qualified host. */
    readonly host: string | undefined;
    /** Other Services that select the pods. */
    readonly otherServices: readonly Manifest[];
    readonly autoscaler: Manifest | undefined;
    readonly budget: Manifest | undefined;
    readonly serviceAccount: Manifest | undefined;
    readonly virtualServices: readonly Manifest[];
    /** VirtualServices that delegate to one of these. */
    readonly roots: readonly Manifest[];
    /** HTTPRoutes of the Service, or with it as a backend. */
    readonly httpRoutes: readonly Manifest[];
    readonly destinationRules: readonly Manifest[];
    /** Policies for the app's own pods. */
    readonly policies: readonly Manifest[];
    readonly podLabels: Readonly<Record<string, string>>;
}

/** The objects that concern the Deployment. */
export function liveApp(live: LiveObjects): LiveApp {
    const { deployment } = live;
    const namespace = namespaceOf(deployment);
    const name = nameOf(deployment);
    const podLabels = stringsAt(deployment, "spec", "template", "metadata", "labels");
    const here = (one: Manifest) => namespaceOf(one) === namespace;
    const selects = (one: Manifest, ...path: string[]) =>
        isSelectedBy(podLabels, stringsAt(one, ...path));
    const services = live.services.filter((one) => here(one) && selects(one, "spec", "selector"));
    const service = services.find((one) => nameOf(one) === name) ?? services[0];
    const host = service && serviceHost(nameOf(service), namespace);
    const virtualServices = live.virtualServices.filter(
        (one) => hostsOf(one).includes(host) || destinationsOf(one).includes(host),
    );
    const account = textAt(deployment, "spec", "template", "spec", "serviceAccountName");
    return {
        name,
        namespace,
        deployment,
        service,
        host,
        otherServices: services.filter((one) => one !== service),
        autoscaler: live.autoscalers.find(
            (one) => here(one) && at(one, "spec", "scaleTargetRef", "name") === name,
        ),
        budget: live.budgets.find(
            (one) => here(one) && selects(one, "spec", "selector", "matchLabels"),
        ),
        serviceAccount: live.serviceAccounts.find(
            (one) => here(one) && nameOf(one) === (account ?? "default"),
        ),
        virtualServices,
        roots: live.virtualServices.filter((root) =>
            virtualServices.some((one) => delegatesTo(root, one).length > 0),
        ),
        httpRoutes: live.httpRoutes.filter((one) =>
            [...parentsOf(one), ...backendsOf(one)].some(
                (to) => service !== undefined && refersTo(to, SERVICE, namespace, nameOf(service)),
            ),
        ),
        destinationRules: live.destinationRules.filter(
            (one) => fullHost(textAt(one, "spec", "host") ?? "", namespaceOf(one)) === host,
        ),
        policies: [...live.authorizationPolicies, ...live.peerAuthentications].filter(
            (one) => here(one) && selects(one, "spec", "selector", "matchLabels"),
        ),
        podLabels,
    };
}

export function nameOf(manifest: Manifest): string {
    return textAt(manifest, "metadata", "name") ?? "";
}

/** Whether an object has the name and namespace that the rollout's own of its kind will have. */
export function hasRolloutsName({ service, namespace }: LiveApp, manifest: Manifest): boolean {
    return nameOf(manifest) === (service && nameOf(service)) && namespaceOf(manifest) === namespace;
}

type Labels = Readonly<Record<string, string>>;

/** Whether pods with these labels have those of the selector. An empty selector selects none. */
export function isSelectedBy(podLabels: Labels, selector: Labels): boolean {
    const wanted = Object.entries(selector);
    return wanted.length > 0 && wanted.every(([key, value]) => podLabels[key] === value);
}

/** The mapping of strings at a path; empty if there is none. */
export function stringsAt(value: unknown, ...path: readonly (string | number)[]): Labels {
    return (at(value, ...path) ?? {}) as Labels;
}

/** Fully qualified hosts of a VirtualService. */
export function hostsOf(virtualService: Manifest): (string | undefined)[] {
    return items(at(virtualService, "spec", "hosts")).map(([, host]) =>
        resolved(String(host), virtualService),
    );
}

function destinationsOf(virtualService: Manifest): (string | undefined)[] {
    return items(at(virtualService, "spec", "http")).flatMap(([, route]) =>
        items(at(route, "route")).map(([, one]) =>
            resolved(String(at(one, "destination", "host")), virtualService),
        ),
    );
}

/** Callers also resolve `web.shop`, which Istio takes as it is. */
export function resolved(host: string, manifest: Manifest): string {
    const full = fullHost(host, namespaceOf(manifest));
    return /^[^.*]+\.[^.*]+(\.svc)?$/.test(full)
        ? `${full.replace(/\.svc$/, "")}.svc.cluster.local`
        : full;
}

/** Objects of the cluster that route, limit or scale a rollout's requests and pods beside the rollout's own. */
import { gatewayRouteName, serviceHost, workloadName } from "../../../rollout/config/names";
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { bindingsOf } from "../../../rollout/rules/lookup/mesh/gateways";
import { fullHost, namespaceOf, resourceName } from "../../../rollout/rules/lookup/resourceName";
import { oneVirtualService } from "../../../rollout/rules/routing/oneVirtualService";
import { splitBypass } from "../../../rollout/rules/routing/splitBypass";
import type { Finding, Manifest } from "../../../rollout/rules/rule";
import type { ReferencedWorkloads } from "../counts/referencedWorkloads";
import { delegatesTo } from "./delegates";
import { httpRouteProblems, type RouteProblem } from "./otherHttpRoutes";

/** Objects of all namespaces that the driver may read. */
export interface ClusterObjects {
    readonly virtualServices: readonly Manifest[];
    readonly httpRoutes: readonly Manifest[];
    readonly destinationRules: readonly Manifest[];
    /** HorizontalPodAutoscalers and KEDA's ScaledObjects. */
    readonly autoscalers: readonly Manifest[];
    /** Services of the rollout's namespace. */
    readonly services: readonly Manifest[];
    /** What the driver may not list: "virtualservices in other namespaces". */
    readonly denied: readonly string[];
}

export interface OtherObjects {
    /** Each is a reason not to begin: the weight would not decide. */
    readonly reasons: readonly string[];
    readonly notes: readonly string[];
}

interface Rollout {
    readonly app: string;
    readonly namespace: string;
    readonly mode: string;
    readonly routing?: string;
    readonly autoscaling?: Readonly<Partial<Record<Slot, "own" | "external">>>;
    /** Versions whose pods, and autoscalers, somebody else manages. */
    readonly workloads?: ReferencedWorkloads;
}

export function otherObjects(rollout: Rollout, objects: ClusterObjects): OtherObjects {
    if (rollout.mode !== "istio")
        return { reasons: [], notes: replicasModeNotes(rollout, objects) };
    const routes = [
        ...virtualServiceProblems(rollout, objects.virtualServices),
        ...httpRouteProblems(rollout, objects.httpRoutes),
    ];
    return {
        reasons: [
            ...routes.flatMap(({ text, isSafe }) => (isSafe ? [] : [text])),
            ...portReasons(rollout, objects),
            ...autoscalerReasons(rollout, objects),
        ],
        notes: [
            ...routes.flatMap(({ text, isSafe }) => (isSafe ? [text] : [])),
            ...delegateNotes(rollout, objects.virtualServices),
            ...destinationRuleNotes(rollout, objects.destinationRules),
            ...deniedNotes(objects.denied),
        ],
    };
}

function deniedNotes(denied: readonly string[]): string[] {
    if (denied.length === 0) return [];
    return [
        `The driver may not list ${denied.join(", ")}, so it has not seen other objects for the app there (docs/driver/in-cluster.md, "Rights").`,
    ];
}

function virtualServiceProblems(
    rollout: Rollout,
    virtualServices: readonly Manifest[],
): RouteProblem[] {
    const { app, namespace } = rollout;
    const ownNames = [app, gatewayRouteName(app)];
    const hasHttpRoute = rollout.routing === "gateway-api";
    const isOwn = (one: Manifest) =>
        !hasHttpRoute &&
        namespaceOf(one) === namespace &&
        ownNames.includes(textAt(one, "metadata", "name") ?? "");
    const own = hasHttpRoute ? [asVirtualService(rollout)] : virtualServices.filter(isOwn);
    return virtualServices
        .filter((one) => !isOwn(one))
        .flatMap((one) => routeProblem(rollout, own, one));
}

/** The rollout's HTTPRoute, for which istiod makes a VirtualService of the shared host. */
function asVirtualService({ app, namespace }: Rollout): Manifest {
    const host = serviceHost(app, namespace);
    const route = SLOTS.map((subset) => ({ destination: { host, subset }, weight: 50 }));
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: app, namespace },
        spec: { hosts: [host], http: [{ route }] },
    };
}

/** Judges by the rules of the policy pack, on the rollout's own routes and one other. */
function routeProblem(rollout: Rollout, own: readonly Manifest[], other: Manifest): RouteProblem[] {
    const normal = withFullHosts(other, rollout);
    const shared = oneVirtualService.check([...own, normal], {});
    const around = bypasses(own, normal);
    const findings = [...shared, ...around];
    if (findings.length === 0) return [];
    const isSafe = findings.every(({ advisory }) => advisory === true);
    const hosts = items(at(normal, "spec", "hosts")).map(([, host]) =>
        fullHost(String(host), namespaceOf(other)),
    );
    const gateways = bindingsOf(other).map(({ written }) => String(written ?? "mesh"));
    const host = serviceHost(rollout.app, rollout.namespace);
    const found = `got hosts ${hostsText(other)} at gateways ${gateways.join(", ")}.`;
    const name = resourceName(other);
    if (around.length === 0 && !hosts.includes(host)) {
        // Another app at a host that both have.
        const expected = `expected no requests that ${rollout.namespace}/${rollout.app} has too`;
        return [{ text: `${name}: ${expected}, ${found} ${SHARE}`, isSafe }];
    }
    const first = findings.find(({ advisory }) => advisory !== true) ?? findings[0];
    const about = `${name}: expected no other route to ${host}, ${found}`;
    return [{ text: `${about} ${first?.fix ?? ""} ${remedy(other)}`, isSafe }];
}

const SHARE =
    "Give each app its part of the host by `match`, without overlap (docs/traffic/shared-hosts.md).";

function hostsText(virtualService: Manifest): string {
    return items(at(virtualService, "spec", "hosts"))
        .map(([, host]) => String(host))
        .join(", ");
}

/** Says if the gateways' VirtualService is a delegate of none. */
function delegateNotes(
    { app, namespace }: Rollout,
    virtualServices: readonly Manifest[],
): string[] {
    const name = gatewayRouteName(app);
    const own = virtualServices.find(
        (one) => namespaceOf(one) === namespace && at(one, "metadata", "name") === name,
    );
    if (own === undefined || items(at(own, "spec", "hosts")).length > 0) return [];
    if (virtualServices.some((root) => delegatesTo(root, own).length > 0)) return [];
    return [
        `${resourceName(own)} is a delegate, but no VirtualService that the driver has seen delegates to it: gateways send it no requests.`,
    ];
}

/** Also at weight 0, at which the rule cannot know that both versions have pods. */
function bypasses(own: readonly Manifest[], other: Manifest): Finding[] {
    const name = resourceName(other);
    return splitBypass
        .check([...own, other], {})
        .filter(({ resource }) => resource === name)
        .map(({ advisory: _, ...finding }) => finding);
}

function remedy(other: Manifest): string {
    const name = textAt(other, "metadata", "name");
    return `To remove it: \`kubectl delete virtualservice ${name} -n ${namespaceOf(other)}\`.`;
}

/** Callers also resolve `web.shop` and `web.shop.svc`, which the rules leave as they are. */
function withFullHosts(other: Manifest, { app, namespace }: Rollout): Manifest {
    const names = [`${app}.${namespace}`, `${app}.${namespace}.svc`];
    const hosts = items(at(other, "spec", "hosts")).map(([, host]) =>
        typeof host === "string" && names.includes(host) ? serviceHost(app, namespace) : host,
    );
    return { ...other, spec: { ...(other.spec as object), hosts } };
}

function destinationRuleNotes(
    { app, namespace }: Rollout,
    destinationRules: readonly Manifest[],
): string[] {
    const host = serviceHost(app, namespace);
    return destinationRules
        .filter(
            (one) =>
                fullHost(textAt(one, "spec", "host") ?? "", namespaceOf(one)) === host &&
                !(namespaceOf(one) === namespace && textAt(one, "metadata", "name") === app),
        )
        .map(
            (one) =>
                `${resourceName(one)} is for ${host} too. Istio takes one of the two for some callers, and merges them for others: move its settings to the rollout's config, then delete it.`,
        );
}

/** The live Service may have ports of another field manager. */
function portReasons({ app, namespace }: Rollout, objects: ClusterObjects): string[] {
    const isOwn = (one: Manifest) =>
        namespaceOf(one) === namespace && textAt(one, "metadata", "name") === app;
    const route = objects.virtualServices.find(isOwn);
    const service = objects.services.find(isOwn);
    if (route === undefined || service === undefined) return [];
    const routed = new Set(
        ["http", "tcp"]
            .flatMap((protocol) => items(at(route, "spec", protocol)))
            .flatMap(([, one]) => items(at(one, "route")))
            .map(([, one]) => at(one, "destination", "port", "number")),
    );
    const others = items(at(service, "spec", "ports"))
        .map(([, port]) => port)
        .filter((one) => (at(one, "protocol") ?? "TCP") === "TCP" && !routed.has(at(one, "port")));
    if (others.length === 0) return [];
    const names = others.map((one) => `${at(one, "port")} (${textAt(one, "name") ?? "no name"})`);
    return [
        `ports: expected every port of ${resourceName(service)}, got none for ${names.join(", ")}. Add them to \`ports\`: otherwise HTTP requests to them go to another port, and connections go to both versions by the number of pods.`,
    ];
}

interface ForeignAutoscalers {
    readonly slot: Slot;
    readonly deployment: string;
    readonly names: readonly string[];
}

/** Autoscalers of the rollout's Deployments that the component did not create: its own have the name of their Deployment. */
function foreignAutoscalers(
    { app, namespace, autoscaling }: Rollout,
    { autoscalers }: ClusterObjects,
): ForeignAutoscalers[] {
    return SLOTS.flatMap((slot) => {
        const deployment = workloadName(app, slot);
        const isOwn = (one: Manifest) =>
            autoscaling?.[slot] === "own" &&
            one.kind === "HorizontalPodAutoscaler" &&
            at(one, "metadata", "name") === deployment;
        const names = autoscalers
            .filter(
                (one) =>
                    namespaceOf(one) === namespace &&
                    textAt(one, "spec", "scaleTargetRef", "name") === deployment &&
                    !isOwn(one),
            )
            .map(resourceName);
        return names.length === 0 ? [] : [{ slot, deployment, names }];
    });
}

/** The API server refuses updates of replicas that another autoscaler has written. */
function autoscalerReasons(rollout: Rollout, objects: ClusterObjects): string[] {
    const { namespace, autoscaling, workloads } = rollout;
    return foreignAutoscalers(rollout, objects)
        .filter(({ slot }) => autoscaling?.[slot] !== "external" && !workloads?.[slot])
        .map(({ slot, deployment, names }) => {
            const key = `versions.${slot}.autoscaling`;
            const why = `because ${names.join(" and ")} scales Deployment ${namespace}/${deployment}`;
            const found =
                autoscaling?.[slot] === undefined ? "nothing" : "an autoscaler of its own";
            return `${key}: expected {external: true}, ${why}, got ${found}. Set it, and run \`pulumi up\`: updates then leave the number of pods to that autoscaler.`;
        });
}

/** In mode replicas, the weight determines the number of pods. */
function replicasModeNotes(rollout: Rollout, objects: ClusterObjects): string[] {
    return foreignAutoscalers(rollout, objects).map(
        ({ deployment, names }) =>
            `${names.join(" and ")} scales Deployment ${rollout.namespace}/${deployment}, whose number of pods is the split in mode replicas. Delete it.`,
    );
}

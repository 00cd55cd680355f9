/** An app of Argo Rollouts: a Rollout with pods of its own, and Services and routes that people made for it. */
import { serviceHost } from "../../../../rollout/config/names";
import { at, isMapping, items, textAt } from "../../../../rollout/config/unknown";
import { namespaceOf } from "../../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../../rollout/rules/rule";
import { RESTORE } from "../adoptPlan";
import { type AdoptFinding, finding } from "../finding";
import { hostsOf, isSelectedBy, type LiveObjects, nameOf, resolved, stringsAt } from "../liveApp";
import type { Plain } from "../translate";
import { ARGO_FIELDS } from "./argoFields";
import { deletion, type PeerApp, unfinished } from "./peerApp";

/** Argo Rollouts adds it to the selectors of the Services that it manages. */
const HASH = "rollouts-pod-template-hash";

export function argoApp(rollout: Manifest, live: LiveObjects): PeerApp {
    const namespace = namespaceOf(rollout);
    const place = `-n ${namespace}`;
    const strategy = (...path: string[]) => textAt(rollout, "spec", "strategy", ...path);
    const roles = [
        ...["stableService", "canaryService"].map((key) => strategy("canary", key)),
        ...["pingService", "pongService"].map((key) => strategy("canary", "pingPong", key)),
        ...["activeService", "previewService"].map((key) => strategy("blueGreen", key)),
    ].filter((one) => one !== undefined);
    const services = live.services.map((one) =>
        namespaceOf(one) === namespace ? withoutHash(one) : one,
    );
    const labels = stringsAt(live.deployment, "spec", "template", "metadata", "labels");
    const mesh = live.virtualServices.flatMap(hostsOf);
    const hostOf = (name: string) => serviceHost(name, namespace);
    const fits = (one: Manifest) =>
        namespaceOf(one) === namespace && isSelectedBy(labels, stringsAt(one, "spec", "selector"));
    const rank = (one: Manifest) =>
        [
            (name: string) => name === nameOf(rollout),
            (name: string) => mesh.includes(hostOf(name)),
            (name: string) => name === roles[0],
        ].findIndex((is) => is(nameOf(one))) >>> 0;
    const selecting = services.filter(fits).sort((one, two) => rank(one) - rank(two));
    const found = selecting.find(
        (one) => isOwnLabels(one) && (nameOf(one) === roles[0] || !roles.includes(nameOf(one))),
    );
    const created = found === undefined && selecting[0] ? copyOf(selecting[0], rollout) : undefined;
    const findings: AdoptFinding[] = [];
    const phase = unfinished(textAt(rollout, "status", "phase"), ["Healthy"]);
    if (phase !== undefined) findings.push(finding("blocked", rollout, phase));
    if (created && services.some((one) => nameOf(one) === nameOf(created))) {
        const text = `a Service ${nameOf(created)} is needed, which selects \`app: ${nameOf(created)}\`; another one has the name`;
        findings.push(finding("blocked", rollout, text));
    }
    const root = found ?? created;
    const others = services.filter((one) => one !== found && roles.includes(nameOf(one)));
    const deleted = [...others, ...(live.source ? [live.source] : [])];
    const hosts = roles.map(hostOf);
    return {
        live: {
            ...live,
            services: [
                ...(root ? [root] : []),
                ...services.filter((one) => one !== root && !others.includes(one)),
            ],
            virtualServices: live.virtualServices.map((one) =>
                root ? withHost(one, hosts, nameOf(root)) : one,
            ),
        },
        fields: ARGO_FIELDS,
        findings,
        first: created
            ? [
                  {
                      title: "Create a Service for both versions",
                      text: `The Services of Argo Rollouts select one version each, and have other names than their label \`app\`. Nobody sends requests to this one yet. Callers inside the mesh must use it before the step that deletes the Rollout.`,
                      commands: [`echo '${JSON.stringify(created)}' | kubectl apply -f -`],
                      back: [`kubectl delete service ${nameOf(created)} ${place}`],
                  },
              ]
            : [],
        last:
            deleted.length > 0
                ? [
                      {
                          title: "Delete what Argo Rollouts used",
                          text: "Look for callers that name the Services first.",
                          commands: deleted.map(deletion),
                          back: [RESTORE],
                      },
                  ]
                : [],
        deleted,
    };
}

function withoutHash(service: Manifest): Manifest {
    const spec = service.spec as Plain;
    const { [HASH]: _, ...selector } = stringsAt(service, "spec", "selector");
    return { ...service, spec: { ...spec, selector } } as Manifest;
}

/** Whether new pods, which have the rollout's labels, can have those that the Service selects. */
function isOwnLabels(service: Manifest): boolean {
    const { app, version } = stringsAt(service, "spec", "selector");
    return version === undefined && (app === undefined || app === nameOf(service));
}

/** A Service of the name that its label `app` has. */
function copyOf(service: Manifest, rollout: Manifest): Manifest {
    const selector = stringsAt(service, "spec", "selector");
    const ports = items(at(service, "spec", "ports")).map(([, one]) => {
        const { nodePort: _, ...port } = one as Plain;
        return port;
    });
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: selector.app ?? nameOf(rollout), namespace: namespaceOf(rollout) },
        spec: { selector, ports },
    } as Manifest;
}

/** Routes to the versions' hosts as routes to the Service. */
function withHost(virtualService: Manifest, roles: readonly string[], root: string): Manifest {
    const spec = virtualService.spec as Plain;
    const isRole = (one: unknown) =>
        roles.includes(resolved(String(at(one, "destination", "host")), virtualService));
    const http = items(at(spec, "http")).map(([, route]) => {
        const to = items(at(route, "route")).map(([, one]) => one);
        if (!isMapping(route) || to.length === 0 || !to.every(isRole)) return route;
        return { ...route, route: [{ destination: { host: root } }] };
    });
    return { ...virtualService, spec: { ...spec, http } } as Manifest;
}

/** What Flagger made of an app: a primary Deployment, three Services, two DestinationRules and a VirtualService. */
import { at, items, textAt } from "../../../../rollout/config/unknown";
import { namespaceOf } from "../../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../../rollout/rules/rule";
import { RESTORE } from "../adoptPlan";
import { type AdoptFinding, finding } from "../finding";
import { type LiveObjects, nameOf } from "../liveApp";
import { FLAGGER_FIELDS } from "./flaggerFields";
import { deletion, type PeerApp, unfinished } from "./peerApp";

const DONE = ["Initialized", "Succeeded", "Failed"];

export function flaggerApp(canary: Manifest, live: LiveObjects): PeerApp {
    const namespace = namespaceOf(canary);
    const place = `-n ${namespace}`;
    const target = textAt(canary, "spec", "targetRef", "name") ?? nameOf(canary);
    const app = textAt(canary, "spec", "service", "name") ?? target;
    const primary = `${app}-primary`;
    const isHere = (one: Manifest) => namespaceOf(one) === namespace;
    const isNamed = (one: Manifest, ...names: string[]) =>
        isHere(one) && names.includes(nameOf(one));
    const copies = live.services.filter((one) => isNamed(one, primary, `${app}-canary`));
    const rules = live.destinationRules.filter((one) => isNamed(one, primary, `${app}-canary`));
    const autoscalers = live.autoscalers.filter(
        (one) => at(one, "spec", "scaleTargetRef", "name") === target && isHere(one),
    );
    const own = live.services.find((one) => isNamed(one, app));
    const service = own ?? serviceOf(canary, app, live.deployment);
    const findings: AdoptFinding[] = [];
    const phase = unfinished(textAt(canary, "status", "phase"), DONE);
    if (phase !== undefined) findings.push(finding("blocked", canary, phase));
    if (live.source !== undefined) {
        const text = `its pods use Flagger's copies of ConfigMaps and Secrets, whose names end with \`-primary\`. The copies stay, but nobody updates them`;
        findings.push(finding("manual", live.deployment, text));
    }
    const name = nameOf(canary);
    const revert = at(canary, "spec", "revertOnDeletion") === true;
    const policies = ruleOf(canary, app, primary);
    const deleted = [
        ...(live.source ? [live.source] : []),
        ...autoscalers,
        ...copies,
        // The plan deletes the one that has the app's limits.
        ...rules.filter((one) => policies.length === 0 || nameOf(one) !== primary),
    ];
    return {
        live: {
            ...live,
            services: [
                ...live.services.filter((one) => one !== own && !copies.includes(one)),
                service,
            ],
            virtualServices: [
                ...live.virtualServices.filter((one) => !isNamed(one, app)),
                routeOf(canary, app),
            ],
            destinationRules: [
                ...live.destinationRules.filter((one) => !rules.includes(one)),
                ...policies,
            ],
        },
        fields: FLAGGER_FIELDS,
        findings,
        first: [
            {
                title: "Take the app out of Flagger",
                text: "Kubernetes deletes what a deleted object owns, so the Canary goes alone. Its objects stay and serve all requests. Until the last step, do not apply the Canary again.",
                commands: [
                    ...(revert
                        ? [
                              `kubectl patch canary ${name} ${place} --type=merge -p '{"spec":{"revertOnDeletion":false}}'`,
                          ]
                        : []),
                    `kubectl delete canary ${name} ${place} --cascade=orphan`,
                ],
                back: ["kubectl apply --server-side --force-conflicts -f canary.yaml"],
            },
        ],
        last: [
            {
                title: "Delete what Flagger left",
                text: `The Deployment ${target} has no pods, and no route leads to the Services.`,
                commands: deleted.map(deletion),
                back: [RESTORE],
            },
        ],
        deleted,
        removed: canary,
    };
}

/** As Flagger creates it; in the cluster it is there. */
function serviceOf(canary: Manifest, name: string, deployment: Manifest): Manifest {
    const field = (key: string) => at(canary, "spec", "service", key);
    const port = field("port") ?? 80;
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: namespaceOf(canary) },
        spec: {
            selector: at(deployment, "spec", "template", "metadata", "labels"),
            ports: [
                {
                    ...{ name: field("portName") ?? "http", port },
                    targetPort: field("targetPort") ?? port,
                    ...(field("appProtocol") !== undefined && {
                        appProtocol: field("appProtocol"),
                    }),
                },
            ],
        },
    } as Manifest;
}

/** The route at rest, without the split between primary and canary (pkg/router/istio.go). */
function routeOf(canary: Manifest, app: string): Manifest {
    const service = at(canary, "spec", "service");
    const hosts = items(at(service, "hosts")).map(([, one]) => one);
    const gateways = at(service, "gateways");
    const fields = ["match", "rewrite", "timeout", "retries", "headers", "corsPolicy"].flatMap(
        (key) => (at(service, key) === undefined ? [] : [[key, at(service, key)]]),
    );
    const isDelegate = at(service, "delegation") === true;
    const isTcp = String(at(service, "appProtocol")).toLowerCase() === "tcp";
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: app, namespace: namespaceOf(canary) },
        spec: {
            ...(!isDelegate && {
                hosts: hosts.includes("*") ? hosts : [...new Set([...hosts, app])],
                ...(gateways !== undefined && { gateways }),
            }),
            ...(!isTcp && {
                http: [{ ...Object.fromEntries(fields), route: [{ destination: { host: app } }] }],
            }),
        },
    } as Manifest;
}

/** Flagger writes the policy to the DestinationRules of the primary and of the canary. */
function ruleOf(canary: Manifest, app: string, name: string): Manifest[] {
    const trafficPolicy = at(canary, "spec", "service", "trafficPolicy");
    if (trafficPolicy === undefined) return [];
    return [
        {
            apiVersion: "networking.istio.io/v1",
            kind: "DestinationRule",
            metadata: { name, namespace: namespaceOf(canary) },
            spec: { host: app, trafficPolicy },
        } as Manifest,
    ];
}

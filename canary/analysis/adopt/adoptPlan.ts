/** The steps of an adoption, each with the command that takes it back. */
import type { Slot } from "../../../rollout/config/slots";
import { at } from "../../../rollout/config/unknown";
import { namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import type { Grant } from "./adoptIdentity";
import { ownAutoscaler, scaledObjectOf } from "./adoptScaling";
import type { RoutePatch } from "./adoptTraffic";
import { helmRelease } from "./finding";
import { type LiveApp, nameOf } from "./liveApp";

export interface PlanStep {
    readonly title: string;
    readonly text: string;
    readonly commands: readonly string[];
    /** Undo the step, after the steps below it have been undone. */
    readonly back: readonly string[];
}

export interface PlanParts {
    readonly app: LiveApp;
    readonly slot: Slot;
    readonly replicas: number;
    readonly grants: readonly Grant[];
    readonly replaced: readonly Manifest[];
    readonly patches: readonly RoutePatch[];
    readonly hasOwnRoutes: boolean;
    /** Labels that the Service must select instead of its own, which the rollout's pods cannot have. */
    readonly newSelector?: Readonly<Record<string, string>>;
    readonly project: string;
    readonly stack: string;
}

/** Everything but the route, so that the new pods start beside the old ones. */
const WITHOUT_ROUTE = ["VirtualService", "DestinationRule"]
    .map((kind) => `--exclude '**:${kind}::**'`)
    .join(" ");

export function planSteps(parts: PlanParts): PlanStep[] {
    return [
        configure(parts),
        ...grant(parts),
        ...shareLabels(parts),
        trial(parts),
        allPods(parts),
        switchTraffic(parts),
        ...patchRoutes(parts),
        ...deleteRoutes(parts),
        scaleDown(parts),
        cleanUp(parts),
    ];
}

function configure({ stack, hasOwnRoutes }: PlanParts): PlanStep {
    return {
        title: "Put the config into your program",
        text: `\`Pulumi.${stack}.yaml\` beside this plan is the stack's config. If your program passes arguments to \`CanaryRollout\`, take the values from there.${hasOwnRoutes ? " Pass `{ transforms: [keepRoutes] }` from `routes.ts` as the component's options." : ""} \`before.yaml\` has the live objects as they are now; every way back below uses it.`,
        // In this order: `stack init` adds its encryption salt to the file.
        commands: [`cp Pulumi.${stack}.yaml <your project>/`, `pulumi stack init ${stack}`],
        back: [`pulumi stack rm ${stack}`],
    };
}

function grant({ grants }: PlanParts): PlanStep[] {
    if (grants.length === 0) return [];
    const names = [...new Set(grants.map(({ about }) => about))].join(", ");
    return [
        {
            title: "Grant the new ServiceAccounts what the old one has",
            text: `Each version has a ServiceAccount of its own. These name the old one: ${names}.`,
            commands: grants.map(({ command }) => command),
            back: [...grants].reverse().map(({ back }) => back),
        },
    ];
}

function shareLabels({ app, newSelector }: PlanParts): PlanStep[] {
    const { service, name, namespace } = app;
    if (newSelector === undefined || service === undefined) return [];
    const labels = JSON.stringify({ spec: { template: { metadata: { labels: newSelector } } } });
    return [
        {
            title: "Let the Service select a label that old and new pods share",
            text: "The rollout sets the labels `app` and `version` of its pods, so they cannot have those that the Service selects. This restarts the old pods once, as any change of their template; the Service selects them all along.",
            commands: [
                `kubectl patch deployment ${name} -n ${namespace} --type merge -p '${labels}'`,
                `kubectl rollout status deployment ${name} -n ${namespace} --timeout=10m`,
                select(app, newSelector),
            ],
            // The label stays: it selects nothing, and to remove it would restart the pods again.
            back: [select(app, at(service, "spec", "selector"))],
        },
    ];
}

function select({ service, name, namespace }: LiveApp, selector: unknown): string {
    const patch = JSON.stringify([{ op: "replace", path: "/spec/selector", value: selector }]);
    return `kubectl patch service ${service ? nameOf(service) : name} -n ${namespace} --type json -p '${patch}'`;
}

function trial({ app, stack, project, slot, replicas }: PlanParts): PlanStep {
    const scaling = ownAutoscaler(app) ? "autoscaling.minReplicas" : "replicas";
    const one =
        replicas > 1
            ? [
                  `pulumi config set --stack ${stack} --path '${project}:versions.${slot}.${scaling}' 1`,
              ]
            : [];
    return {
        title: "Start one new pod beside the old ones",
        text: `The live routes and the old Deployment stay as they are. The Service selects the new pod too, so it gets its share of the requests by pod count: watch its errors before you go on.`,
        commands: [
            ...one,
            `pulumi up --stack ${stack} ${WITHOUT_ROUTE}`,
            `kubectl get pods -n ${app.namespace} -L app,version`,
        ],
        back: [`pulumi destroy --stack ${stack} ${WITHOUT_ROUTE}`],
    };
}

function allPods({ app, stack, project, slot, replicas }: PlanParts): PlanStep {
    const minimum = at(app.autoscaler, "spec", "minReplicas") ?? 1;
    const [scaling, count] = ownAutoscaler(app)
        ? ["autoscaling.minReplicas", Math.max(Number(minimum), replicas)]
        : ["replicas", replicas];
    return {
        title: "Start all new pods",
        text: "As many as serve all requests now.",
        commands: [
            `pulumi config set --stack ${stack} --path '${project}:versions.${slot}.${scaling}' ${count}`,
            `pulumi up --stack ${stack} ${WITHOUT_ROUTE}`,
        ],
        back: [
            `pulumi config set --stack ${stack} --path '${project}:versions.${slot}.${scaling}' 1`,
            `pulumi up --stack ${stack} ${WITHOUT_ROUTE}`,
        ],
    };
}

function switchTraffic({ app, stack, replaced, patches, newSelector }: PlanParts): PlanStep {
    const helm = app.service && helmRelease(app.service);
    const service = app.service && nameOf(app.service);
    const older =
        replaced.length > 0 || patches.length > 0
            ? " The live VirtualService is older, so it still decides until the next step."
            : "";
    const chart =
        helm === undefined
            ? ""
            : ` From now on, do not run \`helm upgrade ${helm}\` with this Service in the chart: the annotation keeps it when the release is uninstalled.`;
    return {
        title: "Send the requests to the new pods",
        text: `The Service stays as it is: only the callers' route is new. The new pods are ready, so no request waits.${older}${chart}`,
        commands: [
            ...(helm === undefined
                ? []
                : [
                      `kubectl annotate service ${service} -n ${app.namespace} helm.sh/resource-policy=keep --overwrite`,
                  ]),
            `pulumi preview --stack ${stack} --policy-pack node_modules/istio-canary/dist/policy`,
            `pulumi up --stack ${stack}`,
        ],
        // The destroy leaves adopted objects, which have their old fields again by then.
        back: [
            RESTORE,
            // As after the step that let the Service select another label.
            ...(newSelector ? [select(app, newSelector)] : []),
            `pulumi destroy --stack ${stack}`,
        ],
    };
}

export const RESTORE = "kubectl apply --server-side --force-conflicts -f before.yaml";

/** JSON patches, because the owners of these VirtualServices go on to write the rest. */
function patchRoutes({ patches }: PlanParts): PlanStep[] {
    if (patches.length === 0) return [];
    return [
        {
            title: "Change the other team's VirtualService",
            text: "It has routes of other apps too, so it stays. Its owner must make the same change in its source. Callers take the rollout's route within seconds.",
            commands: patches.map(
                ({ virtualService: one, operations }) =>
                    `kubectl patch virtualservice ${nameOf(one)} -n ${namespaceOf(one)} --type=json -p '${JSON.stringify(operations)}'`,
            ),
            back: [RESTORE],
        },
    ];
}

function deleteRoutes({ replaced }: PlanParts): PlanStep[] {
    if (replaced.length === 0) return [];
    return [
        {
            title: "Delete the old VirtualService",
            text: "Callers take the rollout's route within seconds, with the same hosts and gateways.",
            commands: replaced.map(
                (one) => `kubectl delete virtualservice ${nameOf(one)} -n ${namespaceOf(one)}`,
            ),
            back: [RESTORE],
        },
    ];
}

function scaleDown({ app }: PlanParts): PlanStep {
    const place = `-n ${app.namespace}`;
    const { autoscaler } = app;
    const scaledObject = autoscaler && scaledObjectOf(autoscaler);
    const autoscalers =
        autoscaler === undefined
            ? []
            : [`kubectl delete horizontalpodautoscaler ${nameOf(autoscaler)} ${place}`];
    if (app.deployment.kind === "Rollout") {
        return {
            title: "Delete the Rollout",
            text: "Its pods go with it. Callers' proxies take the new route within seconds; on a busy control plane it can be more, so the pause. On the way back, new pods must start.",
            commands: ["sleep 30", ...autoscalers, `kubectl delete rollout ${app.name} ${place}`],
            back: [
                RESTORE,
                `kubectl wait rollout ${app.name} ${place} --for=condition=Available --timeout=10m`,
            ],
        };
    }
    const step = {
        title: "Scale the old Deployment down",
        text: "Callers' proxies take the new route within seconds; on a busy control plane it can be more, so the pause. Then the old pods get no requests. Keep the Deployment for a day: the way back is a matter of seconds.",
    };
    if (scaledObject !== undefined) {
        const paused = `kubectl annotate scaledobject ${scaledObject} ${place} autoscaling.keda.sh/paused-replicas`;
        return { ...step, commands: ["sleep 30", `${paused}=0`], back: [`${paused}-`] };
    }
    return {
        ...step,
        commands: [
            "sleep 30",
            ...autoscalers,
            `kubectl scale deployment ${app.name} ${place} --replicas=0`,
        ],
        back: [RESTORE],
    };
}

function cleanUp({ app }: PlanParts): PlanStep {
    const place = `-n ${app.namespace}`;
    const service = app.service && nameOf(app.service);
    const rules = app.destinationRules.filter((one) => nameOf(one) !== service);
    const scaledObject = app.autoscaler && scaledObjectOf(app.autoscaler);
    const helm = helmRelease(app.deployment);
    return {
        title: "Delete what is no longer used",
        text:
            helm === undefined
                ? "The first rollout may now begin: put the next image into the other slot."
                : `Or take the Deployment out of the chart of the Helm release ${helm}. The first rollout may now begin: put the next image into the other slot.`,
        commands: [
            ...(scaledObject === undefined
                ? []
                : [`kubectl delete scaledobject ${scaledObject} ${place}`]),
            ...(app.deployment.kind === "Rollout"
                ? []
                : [`kubectl delete deployment ${app.name} ${place}`]),
            ...(app.budget === undefined
                ? []
                : [`kubectl delete poddisruptionbudget ${nameOf(app.budget)} ${place}`]),
            ...rules.map(
                (one) => `kubectl delete destinationrule ${nameOf(one)} -n ${namespaceOf(one)}`,
            ),
        ],
        back: [RESTORE],
    };
}

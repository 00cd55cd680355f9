/** From the live objects of an app to the config of a rollout and a plan that moves its requests there. */
import { serviceHost } from "../../../rollout/config/names";
import type { RolloutInput } from "../../../rollout/config/rolloutConfig";
import { isMapping } from "../../../rollout/config/unknown";
import type { Manifest } from "../../../rollout/rules/rule";
import { adoptIdentity } from "./adoptIdentity";
import { type PlanStep, planSteps } from "./adoptPlan";
import { adoptScaling, ownAutoscaler } from "./adoptScaling";
import { adoptService, freeSlot } from "./adoptService";
import { adoptTraffic } from "./adoptTraffic";
import { adoptVersion } from "./adoptVersion";
import { type AdoptFinding, finding, helmRelease, ownersText } from "./finding";
import { type LiveObjects, liveApp, nameOf, stringsAt } from "./liveApp";

export interface AdoptOptions {
    /** Prefix of the config keys: the name of the Pulumi project. */
    readonly project: string;
    readonly stack: string;
}

export interface Adoption {
    readonly findings: readonly AdoptFinding[];
    /** Arguments of CanaryRollout. */
    readonly config: RolloutInput;
    /** The driver's config, without its prefix `canary`. Default: none. */
    readonly driver?: Readonly<Record<string, unknown>>;
    readonly steps: readonly PlanStep[];
    /** The live objects that the plan changes or deletes, without what the API server fills in. */
    readonly before: readonly Manifest[];
    /** The object of another tool that the first step deletes: the last to come back. */
    readonly removed?: Manifest;
    /** Live routes that need a transform; usually none. */
    readonly ownRoutes: readonly Readonly<Record<string, unknown>>[];
    /** Fully qualified host of the Service. */
    readonly host: string;
}

export function adopt(live: LiveObjects, { project, stack }: AdoptOptions): Adoption {
    const app = liveApp(live);
    const rollout = app.service ? nameOf(app.service) : app.name;
    const service = adoptService(app);
    const slot = freeSlot(app);
    const version = adoptVersion(app, rollout, service.containerPort);
    const { scaling, findings: scalingFindings } = adoptScaling(app);
    const traffic = adoptTraffic(app, service.protocol === "tcp");
    const identity = adoptIdentity(app, live);
    const { imagePullSecrets } = identity;
    const config = {
        app: rollout,
        namespace: app.namespace,
        ...(service.port !== 80 && { port: service.port }),
        ...(service.protocol !== "http" && { protocol: service.protocol }),
        ...(version.drain !== undefined && { drain: version.drain }),
        ...(slot === "v2" && { stable: "v2", canary: "v1" }),
        versions: {
            [slot]: {
                ...version.version,
                ...scaling,
                ...(imagePullSecrets.length > 0 && { imagePullSecrets }),
            },
        },
        ...service.keys,
        ...identity.keys,
        ...traffic.config,
    } as RolloutInput;
    const helm = helmRelease(app.deployment);
    const owners = ownersText(app.deployment);
    const replicas = Number(scaling.replicas);
    const findings = [
        finding(
            "taken",
            app.deployment,
            `its pod template runs in slot ${slot}; its fields belong to ${owners}${helm === undefined ? "" : `, of the Helm release ${helm}`}`,
        ),
        ...service.findings,
        ...version.findings,
        ...scalingFindings,
        ...traffic.findings,
        ...identity.findings,
        ...live.denied.map(
            (what): AdoptFinding => ({
                kind: "manual",
                resource: what,
                text: "you may not list these, so look for objects that name the app yourself",
            }),
        ),
    ];
    const changed = [
        app.deployment,
        app.service,
        // KEDA creates its own again.
        ownAutoscaler(app),
        app.budget,
        ...app.virtualServices,
        ...app.roots,
        ...app.destinationRules,
    ];
    return {
        findings,
        config,
        steps: planSteps({
            ...{ app, slot, replicas, project, stack },
            grants: identity.grants,
            replaced: traffic.replaced,
            patches: traffic.patches,
            hasOwnRoutes: traffic.ownRoutes.length > 0,
            ...(service.newSelector && { newSelector: service.newSelector }),
        }),
        before: changed.flatMap((one) => (one === undefined ? [] : [withoutServerFields(one)])),
        ownRoutes: traffic.ownRoutes,
        host: serviceHost(rollout, app.namespace),
    };
}

/** As a person would write it, so that `kubectl apply` accepts it after the object has changed or is gone. */
export function withoutServerFields(manifest: Manifest): Manifest {
    const { status: _, ...rest } = manifest;
    const metadata = isMapping(rest.metadata) ? rest.metadata : {};
    const kept = ["name", "namespace", "labels"].flatMap((key) =>
        metadata[key] === undefined ? [] : [[key, metadata[key]]],
    );
    const annotations = Object.entries(stringsAt(metadata, "annotations")).filter(
        ([key]) => !/^(kubectl|deployment)\.kubernetes\.io\//.test(key),
    );
    if (annotations.length > 0) kept.push(["annotations", Object.fromEntries(annotations)]);
    return { ...rest, metadata: Object.fromEntries(kept) } as Manifest;
}

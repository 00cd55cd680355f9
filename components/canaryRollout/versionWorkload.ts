/** The objects of a version slot: ServiceAccount, ConfigMap, Secret, Deployment, autoscaler and disruption budget. */
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { SKIP_AWAIT, TYPES } from "../../rollout/config/names";
import { isAutoscaled, type Manifests } from "../../rollout/manifests/manifests";
import { withPromised } from "./dependencies";
import type { Resolved } from "./inputs";

type Part = Resolved<Manifests>["workloads"][number];

/** A slot's workload and manifests, as `manifestsOf` returns them. */
export interface VersionWorkloadArgs extends Part {
    /** Dependencies of all objects, such as the namespace if the rollout creates it. Default: none. */
    readonly after?: pulumi.Resource[];
    /** The Deployment waits for this promise, which adds no dependency for deletion. Default: none. */
    readonly deploymentAfter?: Promise<void>;
    /** Dependencies of the Deployment, besides `after`. Default: none. */
    readonly subsets?: Promise<pulumi.Resource[]>;
    /** If true, the engine waits for ready pods even if the manifest has `skipAwait`. Default: as in the manifest. */
    readonly awaited?: Promise<boolean> | undefined;
}

/** The objects of a version. The engine waits for ready pods unless the plan has `skipAwait`. */
export class VersionWorkload extends pulumi.ComponentResource {
    readonly serviceAccount: core.ServiceAccount;
    readonly deployment: apps.Deployment;

    constructor(name: string, args: VersionWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        const { type, alias } = TYPES.workload;
        super(type, name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: alias }] }));
        const { after = [], deploymentAfter, subsets, awaited } = args;
        const manifest = withAwait(args.deployment, awaited);
        const ready = `${args.workload.readySeconds}s`;
        this.serviceAccount = new core.ServiceAccount(`${name}-account`, args.serviceAccount, {
            parent: this,
            dependsOn: after,
        });
        const config = this.createConfig(name, args);
        this.deployment = new apps.Deployment(`${name}-deployment`, manifest, {
            parent: this,
            dependsOn: afterPromise(
                deploymentAfter,
                [...after, this.serviceAccount, ...config],
                subsets,
            ),
            customTimeouts: { create: ready, update: ready },
            // The autoscaler sets the number of pods.
            ignoreChanges: isAutoscaled(args.workload) ? ["spec.replicas"] : undefined,
        });
        const dependent = { parent: this, dependsOn: [...after, this.deployment] };
        if (args.autoscaler) {
            new autoscaling.HorizontalPodAutoscaler(
                `${name}-autoscaler`,
                args.autoscaler,
                dependent,
            );
        }
        if (args.disruptionBudget) {
            new policy.PodDisruptionBudget(`${name}-budget`, args.disruptionBudget, dependent);
        }
        this.registerOutputs({ deployment: args.deployment.metadata.name });
    }

    /**
     * Changed content is a new resource instead of a replacement, so that the old object exists until an update with the new one
     * has succeeded. Reverting a failed change then needs no new object.
     */
    private createConfig(
        name: string,
        { configMap, secret, workload, after }: VersionWorkloadArgs,
    ) {
        const options = { parent: this, dependsOn: after };
        const logical = (object: pulumi.Input<string>, kind: string) =>
            // The name is unknown if content comes from another resource. The engine then replaces the object, new before old.
            typeof object === "string"
                ? `${name}${object.slice(workload.name.length)}`
                : `${name}-${kind}`;
        const created: pulumi.Resource[] = [];
        if (configMap) {
            const own = logical(configMap.metadata.name, "config");
            created.push(new core.ConfigMap(own, configMap, options));
        }
        if (secret) {
            const own = logical(secret.metadata.name, "secret");
            created.push(new core.Secret(own, secret, options));
        }
        return created;
    }
}

function withAwait(deployment: Part["deployment"], awaited: Promise<boolean> | undefined) {
    if (awaited === undefined) return deployment;
    const { [SKIP_AWAIT]: _, ...others } = deployment.metadata.annotations;
    const annotations = awaited.then((isAwaited) =>
        isAwaited ? others : deployment.metadata.annotations,
    );
    return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

/** The resources and the promised ones, after `first` has resolved. */
async function afterPromise(
    first: Promise<void> | undefined,
    resources: pulumi.Resource[],
    promised: Promise<pulumi.Resource[]> | undefined,
) {
    await first;
    return withPromised(resources, promised);
}

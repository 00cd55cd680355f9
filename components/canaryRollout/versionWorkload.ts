/** One version slot: its own ServiceAccount, its config and its Deployment, with what scales and guards its pods. */
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { SKIP_AWAIT, TYPES } from "../../rollout/config/names";
import type { Manifests } from "../../rollout/manifests/manifests";
import type { Resolved } from "./inputs";

type Part = Resolved<Manifests>["workloads"][number];

/** A slot's part of the plan and its manifests, as `manifestsOf` makes them. */
export interface VersionWorkloadArgs extends Part {
    /** What all wait for: the namespace, where the rollout makes it. Default nothing. */
    readonly after?: pulumi.Resource[];
    /** What the Deployment waits for besides, without being deleted before it. Default nothing. */
    readonly deploymentAfter?: Promise<void>;
    /** Whether the engine awaits ready pods though the manifest says that it does not. Default: what the manifest says. */
    readonly awaited?: Promise<boolean> | undefined;
}

/** A version's objects; the engine awaits ready pods unless the plan says otherwise. */
export class VersionWorkload extends pulumi.ComponentResource {
    readonly serviceAccount: core.ServiceAccount;
    readonly deployment: apps.Deployment;

    constructor(name: string, args: VersionWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        const { type, alias } = TYPES.workload;
        super(type, name, {}, pulumi.mergeOptions(opts, { aliases: [{ type: alias }] }));
        const { after = [], deploymentAfter, awaited } = args;
        const manifest = awaitedIf(args.deployment, awaited);
        const ready = `${args.workload.readySeconds}s`;
        this.serviceAccount = new core.ServiceAccount(`${name}-account`, args.serviceAccount, {
            parent: this,
            dependsOn: after,
        });
        const config = this.createConfig(name, args);
        this.deployment = new apps.Deployment(`${name}-deployment`, manifest, {
            parent: this,
            dependsOn: waited(deploymentAfter, [...after, this.serviceAccount, ...config]),
            customTimeouts: { create: ready, update: ready },
            // The number that the autoscaler set stays as it is.
            ignoreChanges: args.autoscaler && ["spec.replicas"],
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
     * Other content is another resource, never the same one replaced: so the last one is there until an update has
     * ended well with the new, and there again at once when a failed change is taken back.
     */
    private createConfig(
        name: string,
        { configMap, secret, workload, after }: VersionWorkloadArgs,
    ) {
        const options = { parent: this, dependsOn: after };
        const logical = (object: pulumi.Input<string>, kind: string) =>
            // A name that another resource decides is not known yet; then the engine replaces the object, new before old.
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

function awaitedIf(deployment: Part["deployment"], awaited: Promise<boolean> | undefined) {
    if (awaited === undefined) return deployment;
    const { [SKIP_AWAIT]: _, ...others } = deployment.metadata.annotations;
    const annotations = awaited.then((yes) => (yes ? others : deployment.metadata.annotations));
    return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

/** The same resources, once a promise has ended. */
async function waited(promise: Promise<void> | undefined, resources: pulumi.Resource[]) {
    await promise;
    return resources;
}

/** One version slot: its own ServiceAccount and its Deployment. */
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { type Manifests, SKIP_AWAIT } from "../rollout/manifests";

const TYPE = "rollout:index:VersionWorkload";

type Part = Manifests["workloads"][number];

/** A slot's manifests, as `manifestsOf` makes them. */
export interface VersionWorkloadArgs {
    /** The slot's part of the plan; says how long an update waits for ready pods. */
    readonly workload: Part["workload"];
    readonly serviceAccount: Part["serviceAccount"];
    readonly deployment: Part["deployment"];
    /** What both wait for: the namespace, where the rollout makes it. Default nothing. */
    readonly after?: pulumi.Resource[];
    /** What the Deployment waits for besides, without being deleted before it. Default nothing. */
    readonly deploymentAfter?: Promise<void>;
    /** Whether the engine awaits ready pods though the manifest says that it does not. Default: what the manifest says. */
    readonly awaited?: Promise<boolean> | undefined;
}

/** A version's ServiceAccount and Deployment; the engine awaits ready pods unless the plan says otherwise. */
export class VersionWorkload extends pulumi.ComponentResource {
    readonly serviceAccount: core.ServiceAccount;
    readonly deployment: apps.Deployment;

    constructor(name: string, args: VersionWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        super(TYPE, name, {}, opts);
        const { after = [], deploymentAfter, awaited } = args;
        const manifest = awaitedIf(args.deployment, awaited);
        const ready = `${args.workload.readySeconds}s`;
        this.serviceAccount = new core.ServiceAccount(`${name}-account`, args.serviceAccount, {
            parent: this,
            dependsOn: after,
        });
        this.deployment = new apps.Deployment(`${name}-deployment`, manifest, {
            parent: this,
            dependsOn: waited(deploymentAfter, [...after, this.serviceAccount]),
            customTimeouts: { create: ready, update: ready },
        });
        this.registerOutputs({ deployment: args.deployment.metadata.name });
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

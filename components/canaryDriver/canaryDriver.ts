/** Runs the driver in the cluster: a Job that drives one rollout to its end, with minimal RBAC permissions. */
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type * as types from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import { driverRules } from "./driverRole";

/** Directory for everything that the image writes: the copy of the program, the journals, Pulumi's home. */
const STATE = "/state";
const METRICS_PORT = 9464;
/**
 * Wait only until the Job exists: a rollout can take an hour and must not block `pulumi up`. Not `skipAwait`, because that would
 * also skip the wait for a deletion, and the next Job has the same name and drives the same rollout.
 */
const WAIT_FOR = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };
/** The user `node` of the image. */
const USER = 1000;

export interface CanaryDriverArgs {
    /** App of the rollout. */
    readonly app: string;
    /** Namespace of the rollout, and of the Job. */
    readonly namespace: pulumi.Input<string>;
    /** Image built from canary/image/Dockerfile; contains the program and the stack's config. A new image replaces the Job, which starts a new rollout. */
    readonly image: pulumi.Input<string>;
    /** Name of the stack: `prod` or `organisation/project/prod`. */
    readonly stack: pulumi.Input<string>;
    /** Pulumi backend (`PULUMI_BACKEND_URL`), such as `s3://bucket`. Default: Pulumi Cloud. */
    readonly backendUrl?: pulumi.Input<string>;
    /**
     * Names of Secrets to load as environment variables, such as `PULUMI_ACCESS_TOKEN`, `PULUMI_CONFIG_PASSPHRASE` and the
     * backend's credentials. Default: none.
     */
    readonly secretNames?: pulumi.Input<string>[];
    /** Additional environment variables, such as `PROMETHEUS_URL`. Default: none. */
    readonly env?: Record<string, pulumi.Input<string>>;
    /** Options for `istio-canary run`. Default: none. */
    readonly options?: pulumi.Input<string>[];
    /** PersistentVolumeClaim for the journals. Default: an emptyDir, which survives the container but not the pod. */
    readonly claimName?: pulumi.Input<string>;
    /** Resources of the container. Default: requests of `250m` CPU and `512Mi` memory, a limit of `1Gi` memory. */
    readonly resources?: pulumi.Input<types.core.v1.ResourceRequirements>;
    /**
     * Whether the driver may read the counters of the app's proxies, with the right `get` on `pods/proxy`. Default: `true`. Without it,
     * set `canary:analysis.proxies.enabled` to `false`.
     */
    readonly readProxies?: boolean;
    /** Whether the driver may create Jobs, for metrics with the provider `job`. Default: `false`. */
    readonly runJobs?: boolean;
    /** Maximum number of restarts of a failed container. Default: `6`. */
    readonly backoffLimit?: number;
    /** Names of Secrets for pulling the image. Default: none. */
    readonly imagePullSecrets?: pulumi.Input<string>[];
}

/**
 * A ServiceAccount, a Role, a RoleBinding and a Job, all named `<app>-canary-driver`. An update does not wait for the rollout to
 * finish. An update that replaces or deletes the Job waits up to two minutes for the driver to finish its current update.
 */
export class CanaryDriver extends pulumi.ComponentResource {
    readonly serviceAccount: core.ServiceAccount;
    readonly role: rbac.Role;
    readonly job: batch.Job;

    constructor(name: string, args: CanaryDriverArgs, opts?: pulumi.ComponentResourceOptions) {
        const { type, alias } = TYPES.driver;
        super(type, name, args, pulumi.mergeOptions(opts, { aliases: [{ type: alias }] }));
        const parent = { parent: this };
        const { app, namespace } = args;
        const object = `${app}-canary-driver`;
        // No label `app`, because the app's Service selects by it.
        const labels = {
            "app.kubernetes.io/name": "canary-driver",
            "app.kubernetes.io/instance": app,
        };
        const metadata = { name: object, namespace, labels };
        this.serviceAccount = new core.ServiceAccount(`${name}-account`, { metadata }, parent);
        const { readProxies = true, runJobs = false } = args;
        const rules = driverRules(app, { readProxies, runJobs });
        this.role = new rbac.Role(`${name}-role`, { metadata, rules }, parent);
        const binding = new rbac.RoleBinding(
            `${name}-binding`,
            {
                metadata,
                roleRef: {
                    apiGroup: "rbac.authorization.k8s.io",
                    kind: "Role",
                    name: this.role.metadata.name,
                },
                subjects: [
                    { kind: "ServiceAccount", name: this.serviceAccount.metadata.name, namespace },
                ],
            },
            parent,
        );
        this.job = new batch.Job(
            `${name}-job`,
            {
                metadata: { ...metadata, annotations: WAIT_FOR },
                spec: {
                    backoffLimit: args.backoffLimit ?? 6,
                    template: {
                        metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } },
                        spec: podSpec(this.serviceAccount.metadata.name, args),
                    },
                },
            },
            // The new Job has the same name, so the old one must be deleted first.
            {
                ...parent,
                dependsOn: [binding],
                deleteBeforeReplace: true,
                replaceOnChanges: ["spec"],
            },
        );
        this.registerOutputs({ job: this.job.metadata.name });
    }
}

function podSpec(
    serviceAccountName: pulumi.Input<string>,
    args: CanaryDriverArgs,
): types.core.v1.PodSpec {
    const { claimName, imagePullSecrets = [] } = args;
    return {
        serviceAccountName,
        restartPolicy: "OnFailure",
        // After SIGTERM, the driver finishes its current update before it stops.
        terminationGracePeriodSeconds: 120,
        securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            fsGroup: USER,
            seccompProfile: { type: "RuntimeDefault" },
        },
        imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
        containers: [container(args)],
        volumes: [
            claimName === undefined
                ? { name: "state", emptyDir: {} }
                : { name: "state", persistentVolumeClaim: { claimName } },
            { name: "tmp", emptyDir: {} },
        ],
    };
}

function container(args: CanaryDriverArgs): types.core.v1.Container {
    const { image, stack, backendUrl, secretNames = [], env = {}, options = [] } = args;
    const resources = args.resources ?? {
        requests: { cpu: "250m", memory: "512Mi" },
        limits: { memory: "1Gi" },
    };
    const port = ["--metrics-port", String(METRICS_PORT), "--metrics-host", "0.0.0.0"];
    const uid = "metadata.labels['batch.kubernetes.io/controller-uid']";
    return {
        name: "driver",
        image,
        args: ["--stack", stack, ...port, ...options],
        env: [
            { name: "CANARY_STATE", value: STATE },
            { name: "CANARY_JOB", valueFrom: { fieldRef: { fieldPath: uid } } },
            ...(backendUrl === undefined
                ? []
                : [{ name: "PULUMI_BACKEND_URL", value: backendUrl }]),
            ...Object.entries(env).map(([name, value]) => ({ name, value })),
        ],
        envFrom: secretNames.map((name) => ({ secretRef: { name } })),
        ports: [{ name: "http-metrics", containerPort: METRICS_PORT }],
        resources,
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
            { name: "state", mountPath: STATE },
            { name: "tmp", mountPath: "/tmp" },
        ],
    };
}

/** The driver in the cluster: a Job that takes one rollout to its end, with no rights but those that it needs. */
import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import type * as types from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import { driverRules } from "./driverRole";

/** Where the image keeps all that changes: the program's copy, the journals, Pulumi's own folder. */
const STATE = "/state";
const METRICS_PORT = 9464;
/**
 * That it is there is enough: a rollout takes an hour, which nobody's update is to wait for. Not `skipAwait`, by which a deletion
 * would not be waited for either: the next Job has the same name, and its driver the same rollout.
 */
const WAIT_FOR = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };
/** The node image's own user. */
const USER = 1000;

export interface CanaryDriverArgs {
    /** The rollout's app, and where it is; the Job runs beside it. */
    readonly app: string;
    readonly namespace: pulumi.Input<string>;
    /** Made by canary/image/Dockerfile, with the program and its stack's config in it. Another image is another rollout. */
    readonly image: pulumi.Input<string>;
    /** Pulumi's name of the stack: `prod`, or `organisation/project/prod`. */
    readonly stack: pulumi.Input<string>;
    /** PULUMI_BACKEND_URL, as `s3://bucket`; default Pulumi Cloud. */
    readonly backendUrl?: pulumi.Input<string>;
    /** Secrets whose keys become variables: PULUMI_ACCESS_TOKEN or PULUMI_CONFIG_PASSPHRASE, the backend's credentials. Default none. */
    readonly secretNames?: pulumi.Input<string>[];
    /** Variables besides, as PROMETHEUS_URL. Default none. */
    readonly env?: Record<string, pulumi.Input<string>>;
    /** Options of `istio-canary run`. Default none. */
    readonly options?: pulumi.Input<string>[];
    /** A PersistentVolumeClaim for the journals; default an emptyDir, which outlives the container and not the pod. */
    readonly claimName?: pulumi.Input<string>;
    /** Default 250m and 512Mi requested, 1Gi at most. */
    readonly resources?: pulumi.Input<types.core.v1.ResourceRequirements>;
    /** How often a container that could not run is started again; default 6. */
    readonly backoffLimit?: number;
    /** Names of Secrets by which the image is pulled. Default none. */
    readonly imagePullSecrets?: pulumi.Input<string>[];
}

/**
 * ServiceAccount, Role, RoleBinding and Job, all named `<app>-canary-driver`. An update does not wait for the rollout's end; one that
 * replaces or deletes the Job waits until its driver has ended what it had begun, up to two minutes.
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
        // No label `app`: the app's Service selects by it.
        const labels = {
            "app.kubernetes.io/name": "canary-driver",
            "app.kubernetes.io/instance": app,
        };
        const metadata = { name: object, namespace, labels };
        this.serviceAccount = new core.ServiceAccount(`${name}-account`, { metadata }, parent);
        this.role = new rbac.Role(`${name}-role`, { metadata, rules: driverRules(app) }, parent);
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
            // Its name is taken until the one before is gone.
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
        // A driver that is told to stop ends the update that is under way first.
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

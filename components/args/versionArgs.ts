/** The arguments of a version slot, each with its default; the same shape as in the stack config. */

/**
 * How a pod is asked whether it is well. Exactly one of `httpGet`, `tcpSocket`, `grpc` and `exec`; numbers left
 * out are Kubernetes' own defaults.
 */
export interface ProbeArgs {
    /** GET of `path`, which starts with "/"; `port` is `containerPort` unless given. */
    readonly httpGet?: { readonly path: string; readonly port?: number };
    /** A connection that opens; `port` is `containerPort` unless given. */
    readonly tcpSocket?: { readonly port?: number };
    /** gRPC's health service; `port` is `containerPort` unless given. */
    readonly grpc?: { readonly service?: string; readonly port?: number };
    /** A command in the container that ends with 0. */
    readonly exec?: { readonly command: string[] };
    readonly initialDelaySeconds?: number;
    readonly periodSeconds?: number;
    readonly timeoutSeconds?: number;
    readonly successThreshold?: number;
    readonly failureThreshold?: number;
}

/** Amounts as Kubernetes writes them: "100m", "64Mi". */
export interface ResourceAmounts {
    readonly cpu?: string;
    readonly memory?: string;
}

/** Where a variable's value comes from; exactly one. What it names must be there. */
export interface VariableSource {
    /** A field of the pod: "metadata.name". */
    readonly fieldRef?: { readonly fieldPath: string };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
}

/** What the application's container and its init containers have in common. */
export interface ContainerArgs {
    /** Reference of the container image. */
    readonly image: string;
    /** Default: Kubernetes' own (IfNotPresent, or Always for the tag latest). */
    readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
    /** Replaces the image's entrypoint. Default: the image's. */
    readonly command?: string[];
    /** Default: the image's. */
    readonly args?: string[];
    /** Environment variables by name, besides those of the version's `config`. Default none. */
    readonly env?: Record<string, string | VariableSource>;
    /** Every key of these objects as a variable; each has exactly one of both. Default none. */
    readonly envFrom?: {
        readonly configMapRef?: { readonly name: string };
        readonly secretRef?: { readonly name: string };
    }[];
    /** Volumes of the version by `name`, besides the files of its `config`. Default none. */
    readonly volumeMounts?: {
        readonly name: string;
        readonly mountPath: string;
        readonly subPath?: string;
        readonly readOnly?: boolean;
    }[];
    /** Default none. */
    readonly resources?: {
        readonly requests?: ResourceAmounts;
        readonly limits?: ResourceAmounts;
    };
    /**
     * Unless given, as the restricted Pod Security Standard wants it: not root, no privilege escalation, every
     * capability dropped, the runtime's seccomp profile.
     */
    readonly securityContext?: {
        /** Default: the image's user. */
        readonly runAsUser?: number;
        /** Default: the image's group. */
        readonly runAsGroup?: number;
        /** Default true. */
        readonly runAsNonRoot?: boolean;
        /** Default: Kubernetes' own (false). */
        readonly readOnlyRootFilesystem?: boolean;
        /** Default false. */
        readonly allowPrivilegeEscalation?: boolean;
        /** Capabilities to add after all are dropped. Default none. */
        readonly addCapabilities?: string[];
    };
}

/** A container that ends before the application begins. */
export interface InitContainerArgs extends ContainerArgs {
    readonly name: string;
}

/** A volume in Kubernetes' own shape, of exactly one kind. */
export interface VolumeArgs {
    readonly name: string;
    readonly emptyDir?: { readonly medium?: "Memory"; readonly sizeLimit?: string };
    readonly configMap?: { readonly name: string; readonly optional?: boolean };
    readonly secret?: { readonly secretName: string; readonly optional?: boolean };
    readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean };
}

/** Config that belongs to the version: a ConfigMap named for what it holds, for all containers of the version. */
export interface VersionFilesArgs {
    /** Environment variables. Default none. */
    readonly env?: Record<string, string>;
    /** Files by name, without folders. Default none. */
    readonly files?: Record<string, string>;
    /** Folder where containers find the files; required with them. */
    readonly mountPath?: string;
}

/** A patch over the pod template. Mappings are merged, lists of named items by name; other lists are replaced. */
export interface PodTemplateArgs {
    readonly metadata?: {
        readonly labels?: Record<string, string>;
        readonly annotations?: Record<string, string>;
    };
    /** In Kubernetes' own shape: nodeSelector, tolerations, affinity, containers, … */
    readonly spec?: Record<string, unknown>;
}

/** What a version slot runs. */
export interface VersionArgs extends ContainerArgs {
    /**
     * Pods, 0–1000; with `autoscaling` those of the first moment. Default 1; in mode replicas it is refused, because it
     * follows from `totalReplicas` and `weight`.
     */
    readonly replicas?: number;
    /** Port that the application listens on. Default 8080. */
    readonly containerPort?: number;
    /** Readiness is a `tcpSocket` on `containerPort` unless given; liveness and startup are none unless given. */
    readonly probes?: {
        readonly readiness?: ProbeArgs;
        readonly liveness?: ProbeArgs;
        readonly startup?: ProbeArgs;
    };
    /** Default none. */
    readonly config?: VersionFilesArgs;
    /** Default none. */
    readonly volumes?: VolumeArgs[];
    /** Run one after the other, in this order. Default none. */
    readonly initContainers?: InitContainerArgs[];
    /** Names of Secrets with credentials of registries. Default none. */
    readonly imagePullSecrets?: string[];
    /** A HorizontalPodAutoscaler; from then on the number of pods is its own. Default none; in mode replicas refused. */
    readonly autoscaling?: {
        /** Default 1. */
        readonly minReplicas?: number;
        readonly maxReplicas: number;
        /** Wanted percentage of the CPU that the containers request; it, `memory`, or both. */
        readonly cpu?: number;
        readonly memory?: number;
    };
    /** A PodDisruptionBudget of the slot. Default none. */
    readonly disruptionBudget?: {
        /** Pods that may be away at a time: a number from 1, or "25%". Default 1. */
        readonly maxUnavailable?: number | string;
    };
    /** How the slot's pods are spread over nodes, zones, … Default: the cluster's own. */
    readonly topologySpread?: {
        readonly topologyKey: string;
        /** Default 1. */
        readonly maxSkew?: number;
        /** Default "ScheduleAnyway". */
        readonly whenUnsatisfiable?: "ScheduleAnyway" | "DoNotSchedule";
    }[];
    /** Whatever else a pod may have. Default none. */
    readonly podTemplate?: PodTemplateArgs;
    /** How long an update waits for ready pods, in whole seconds, 1s–1h. Default "5m". */
    readonly readyTimeout?: string;
}

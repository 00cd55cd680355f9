/** The application's container and the init containers of a pod. */
import { Deferred, type Leaf } from "../../config/deferred";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { ContainerConfig, InitContainerConfig } from "../../config/version/container";
import type { EnvironmentConfig, VariableSource } from "../../config/version/environment";
import type { ProbeConfig } from "../../config/version/probe";
import type { Plan, Workload } from "../../plan/plan";
import { configMapName, secretName } from "./configObjects";

/** Name of the volume that holds the files of a version's `config`. */
export const FILES_VOLUME = "version-config";

export function appContainer(config: RolloutConfig, plan: Plan, workload: Workload) {
    const { version } = workload;
    const { readiness, liveness, startup } = version.probes;
    const { resources, securityContext, ...others } = common(version, workload);
    const { targetPort } = config.service;
    const portName = typeof targetPort === "string" ? targetPort : config.protocol;
    return {
        name: plan.app,
        ...others,
        ports: [{ name: portName, containerPort: version.containerPort }],
        readinessProbe: probe(readiness, version.containerPort),
        livenessProbe: liveness && probe(liveness, version.containerPort),
        startupProbe: startup && probe(startup, version.containerPort),
        resources,
        securityContext,
        // The pod keeps serving until Endpoints and clients' sidecars have removed it.
        lifecycle: { preStop: { sleep: { seconds: plan.drainSeconds } } },
    };
}

export function initContainer(container: InitContainerConfig, workload: Workload) {
    return { name: container.name, ...common(container, workload) };
}

function common(container: ContainerConfig, workload: Workload) {
    const { addCapabilities, ...security } = container.securityContext;
    return {
        image: container.image,
        imagePullPolicy: container.imagePullPolicy,
        command: container.command,
        args: container.args,
        env: [...ownVariables(workload), ...variablesOf(container.env)],
        envFrom: container.envFrom,
        volumeMounts: volumeMounts(container, workload),
        resources: container.resources,
        securityContext: {
            ...security,
            capabilities: {
                drop: ["ALL"],
                ...(addCapabilities.length > 0 && { add: addCapabilities }),
            },
            seccompProfile: { type: "RuntimeDefault" },
        },
    };
}

export interface Variable {
    readonly name: string;
    readonly value?: Leaf<string>;
    readonly valueFrom?:
        | VariableSource
        | { readonly configMapKeyRef: KeyReference }
        | { readonly secretKeyRef: KeyReference };
}

interface KeyReference {
    readonly name: Leaf<string>;
    readonly key: string;
}

function variablesOf(env: EnvironmentConfig): Variable[] {
    return sortedEntries(env).map(([name, value]) =>
        typeof value === "string" || value instanceof Deferred
            ? { name, value }
            : { name, valueFrom: value },
    );
}

/** Variables from the version's `config` and `secrets`. They come first, so that `env` can refer to them as $(NAME). */
function ownVariables(workload: Workload): Variable[] {
    const config = configMapName(workload);
    const secret = secretName(workload);
    return [
        ...sortedEntries(workload.version.config?.env ?? {}).map(([key]) => ({
            name: key,
            valueFrom: { configMapKeyRef: { name: config ?? "", key } },
        })),
        ...sortedEntries(workload.secrets).map(([key]) => ({
            name: key,
            valueFrom: { secretKeyRef: { name: secret ?? "", key } },
        })),
    ];
}

function volumeMounts({ volumeMounts: own = [] }: ContainerConfig, { version }: Workload) {
    const mountPath = version.config?.mountPath;
    const files =
        mountPath === undefined ? [] : [{ name: FILES_VOLUME, mountPath, readOnly: true }];
    const all = [...files, ...own];
    return all.length === 0 ? undefined : all;
}

function sortedEntries<Value>(values: Readonly<Record<string, Value>>): [string, Value][] {
    return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function probe({ httpGet, tcpSocket, grpc, exec, ...timing }: ProbeConfig, containerPort: number) {
    return {
        ...timing,
        ...(httpGet && { httpGet: { port: containerPort, ...httpGet } }),
        ...(tcpSocket && { tcpSocket: { port: containerPort, ...tcpSocket } }),
        ...(grpc && { grpc: { port: containerPort, ...grpc } }),
        ...(exec && { exec }),
    };
}

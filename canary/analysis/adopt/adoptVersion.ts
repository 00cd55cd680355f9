/** A live pod template as the config of a version, such that the new pods run the same as the old ones. */
import type { RolloutInput } from "../../../rollout/config/rolloutConfig";
import { at, isMapping, items, textAt } from "../../../rollout/config/unknown";
import { type AdoptFinding, finding } from "./finding";
import type { LiveApp } from "./liveApp";

export type VersionInput = NonNullable<RolloutInput["versions"]["v1"]>;
type Plain = Record<string, unknown>;

/** Fields of the application's container that have a config key of the same form. */
const SAME = ["image", "imagePullPolicy", "command", "args", "resources"] as const;
/** Fields of a pod that the component writes itself. */
const WRITTEN = [
    ...["containers", "serviceAccount", "serviceAccountName", "terminationGracePeriodSeconds"],
    // Defaults of the API server.
    ...["restartPolicy", "dnsPolicy", "schedulerName"],
];
const DEFAULTS: Plain = {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
};
/** Labels that the component or a controller writes. */
const OWN_LABELS = ["app", "version", "pod-template-hash", "sidecar.istio.io/inject"];

export interface AdoptedVersion {
    readonly version: VersionInput;
    readonly drain: string | undefined;
    readonly findings: readonly AdoptFinding[];
}

/** @param rolloutApp name of the Service. @param containerPort what its target port is in the container. */
export function adoptVersion(
    app: LiveApp,
    rolloutApp: string,
    containerPort: number,
): AdoptedVersion {
    const pod = (at(app.deployment, "spec", "template", "spec") ?? {}) as Plain;
    const containers = items(pod.containers).map(([, one]) => one as Plain);
    const own = containers.find((one) => portOf(one, containerPort)) ?? containers[0] ?? {};
    const ports = new Map(
        items(own.ports).map(([, port]) => [at(port, "name"), at(port, "containerPort")]),
    );
    const findings: AdoptFinding[] = [];
    const simple = Object.fromEntries(
        SAME.flatMap((key) => (isEmpty(own[key]) ? [] : [[key, own[key]]])),
    );
    const { env, rest } = variables(own.env);
    const probes = Object.fromEntries(
        (["readiness", "liveness", "startup"] as const).flatMap((name) => {
            const { probe, problem } = probeOf(own[`${name}Probe`], ports);
            if (problem !== undefined) {
                findings.push(finding("manual", app.deployment, `${name}Probe: ${problem}`));
            }
            return probe === undefined ? [] : [[name, probe]];
        }),
    );
    if (probes.readiness === undefined) {
        const text = `no readiness probe that can be kept: a TCP connection to port ${containerPort} decides. Set \`probes.readiness\``;
        findings.push(finding("manual", app.deployment, text));
    }
    const security = (own.securityContext ?? {}) as Plain;
    const podTemplate = patchOf(app, pod, containers, own, rolloutApp, containerPort, rest);
    const { seconds: drain, problem } = drainOf(own, pod);
    if (problem !== undefined) findings.push(finding("manual", app.deployment, problem));
    const version = {
        ...simple,
        containerPort,
        ...(Object.keys(env).length > 0 && { env }),
        ...(Object.keys(probes).length > 0 && { probes }),
        securityContext: securityOf(security, (pod.securityContext ?? {}) as Plain),
        podTemplate,
    };
    return {
        version: version as unknown as VersionInput,
        drain: drain === undefined ? undefined : `${drain}s`,
        findings,
    };
}

function portOf(container: Plain, number: number): boolean {
    return items(container.ports).some(([, port]) => at(port, "containerPort") === number);
}

function isEmpty(value: unknown): boolean {
    return value === undefined || (isMapping(value) && Object.keys(value).length === 0);
}

/** Variables with a plain value, and all others, which go into the patch. */
function variables(env: unknown) {
    const all = items(env).map(([, one]) => one);
    const plain = all.filter((one) => at(one, "valueFrom") === undefined);
    return {
        env: Object.fromEntries(
            plain.map((one) => [String(at(one, "name")), textAt(one, "value") ?? ""]),
        ),
        rest: all.filter((one) => at(one, "valueFrom") !== undefined),
    };
}

/** A probe with the number of a named port; undefined if there is none, or with what the config does not know. */
function probeOf(probe: unknown, ports: ReadonlyMap<unknown, unknown>) {
    if (!isMapping(probe)) return {};
    const { httpGet, terminationGracePeriodSeconds: _, ...others } = probe as Plain;
    if (at(httpGet, "scheme") === "HTTPS" || at(httpGet, "httpHeaders") !== undefined) {
        return {
            problem:
                "it uses HTTPS or headers, which the config does not have. Set another probe in `probes`, or keep this one through `podTemplate`",
        };
    }
    const number = (handler: unknown) => {
        const port = at(handler, "port");
        return typeof port === "string" ? (ports.get(port) ?? Number(port)) : port;
    };
    const kept = Object.entries(others).map(([key, value]) =>
        isMapping(value) && "port" in value
            ? [key, { ...value, port: number(value) }]
            : [key, value],
    );
    const withoutService = kept.map(([key, value]) =>
        key === "grpc" && at(value, "service") === ""
            ? [key, { port: at(value, "port") }]
            : [key, value],
    );
    const http = httpGet !== undefined && {
        path: at(httpGet, "path") ?? "/",
        port: number(httpGet),
    };
    return { probe: { ...(http && { httpGet: http }), ...Object.fromEntries(withoutService) } };
}

/** As the pods run now, which the component's stricter defaults might refuse. */
function securityOf(own: Plain, pod: Plain): object {
    const value = (key: string) => own[key] ?? pod[key];
    const copied = ["runAsUser", "runAsGroup", "readOnlyRootFilesystem"].flatMap((key) =>
        value(key) === undefined ? [] : [[key, value(key)]],
    );
    const userId = value("runAsUser");
    return {
        ...Object.fromEntries(copied),
        runAsNonRoot: value("runAsNonRoot") ?? (typeof userId === "number" && userId > 0),
        allowPrivilegeEscalation: own.allowPrivilegeEscalation ?? true,
    };
}

/** Everything else of the live template, in Kubernetes' form. */
function patchOf(
    app: LiveApp,
    pod: Plain,
    containers: readonly Plain[],
    own: Plain,
    rolloutApp: string,
    containerPort: number,
    env: readonly unknown[],
): object {
    const labels = Object.entries(app.podLabels).filter(
        ([key]) => !OWN_LABELS.includes(key) && !key.startsWith("service.istio.io/"),
    );
    const annotations = Object.entries(
        (at(app.deployment, "spec", "template", "metadata", "annotations") ?? {}) as Plain,
    ).filter(([key]) => key !== "proxy.istio.io/config" && !key.startsWith("kubectl."));
    const capabilities = at(own, "securityContext", "capabilities") ?? null;
    const seccompProfile = at(own, "securityContext", "seccompProfile") ?? null;
    const otherPorts = items(own.ports)
        .map(([index, port]) => ({ name: `port-${index}`, ...(port as Plain) }))
        .filter(({ ...port }) => (port as Plain).containerPort !== containerPort);
    const patched = {
        name: rolloutApp,
        ...(env.length > 0 && { env }),
        ...(isEmpty(own.envFrom) ? {} : { envFrom: own.envFrom }),
        ...(isEmpty(own.volumeMounts) ? {} : { volumeMounts: own.volumeMounts }),
        ...(own.workingDir === undefined ? {} : { workingDir: own.workingDir }),
        ...(otherPorts.length > 0 && { ports: otherPorts }),
        securityContext: { capabilities, seccompProfile },
    };
    const others = Object.entries(pod).filter(
        ([key, value]) => !isEmpty(value) && (!WRITTEN.includes(key) || isUnusual(key, value)),
    );
    const spec = {
        ...Object.fromEntries(others),
        containers: [patched, ...containers.filter((one) => one !== own)],
    };
    const metadata = {
        ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
        ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    };
    return { ...(Object.keys(metadata).length > 0 && { metadata }), spec };
}

function isUnusual(key: string, value: unknown): boolean {
    return key in DEFAULTS && value !== DEFAULTS[key];
}

/** The live preStop sleep as `drain`, and what the component's shutdown changes. */
function drainOf(own: Plain, pod: Plain): { seconds?: number; problem?: string } {
    const sleep = at(own, "lifecycle", "preStop", "sleep", "seconds");
    const command = items(at(own, "lifecycle", "preStop", "exec", "command"))
        .map(([, part]) => String(part))
        .join(" ");
    const [, parsed] = /^(?:\S*sh -c )?sleep (\d+)s?$/.exec(command) ?? [];
    const found = typeof sleep === "number" ? sleep : Number(parsed ?? Number.NaN);
    const seconds = found >= 1 && found <= 300 ? found : undefined;
    const grace = Number(pod.terminationGracePeriodSeconds ?? 30);
    const given = (seconds ?? 10) + 30;
    const lost = [
        ...(at(own, "lifecycle") !== undefined && seconds === undefined
            ? ["its lifecycle hooks are replaced by a sleep of `drain`"]
            : []),
        ...(grace > given
            ? [`a pod gets ${given} s to stop instead of ${grace}: raise \`drain\``]
            : []),
    ];
    return {
        ...(seconds !== undefined && { seconds }),
        ...(lost.length > 0 && { problem: lost.join("; ") }),
    };
}

// What runs as pods from the start: CoreDNS and istiod. Applied once the API server answers, then waited for.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { run } from "../command";
import { logFile } from "../daemon";
import { apply, asList, kubectl, until } from "../kubectl";
import { clusterFiles } from "../layout";
import type { PartContext } from "../parts";
import type { Step, StepOptions } from "../steps";
import { coredns } from "./coredns";
import { injectionProbe, istioOperator } from "./istio";
import { clusterAdmins } from "./rbac";

const node = ["kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler"];

export function addonSteps(context: PartContext): Step[] {
    const manifestFile = path.join(clusterFiles(context.layout).config, "istio-manifest.yaml");
    return [
        {
            name: "istio manifests",
            after: ["node"],
            async run({ signal }) {
                const operator = `${manifestFile}.operator`;
                writeFileSync(operator, istioOperator());
                const command = [context.bin("istioctl"), "manifest", "generate", "-f", operator];
                writeFileSync(manifestFile, await run(command, { signal }));
                return "rendered";
            },
        },
        {
            name: "cluster objects",
            after: ["kube-apiserver"],
            async run(options) {
                await apply(context, asList([...clusterAdmins(), ...coredns()]), options);
                return "applied";
            },
        },
        {
            name: "istio objects",
            after: ["kube-apiserver", "istio manifests"],
            async run(options) {
                const namespace = {
                    apiVersion: "v1",
                    kind: "Namespace",
                    metadata: { name: istioNamespace },
                };
                await apply(context, asList([namespace]), options);
                await applyFile(context, manifestFile, options);
                return "applied";
            },
        },
        {
            name: "coredns",
            after: ["cluster objects", ...node],
            run: (options) => deploymentReady(context, "kube-system", "coredns", options),
        },
        {
            name: "istiod",
            after: ["istio objects", ...node],
            run: (options) => deploymentReady(context, istioNamespace, "istiod", options),
        },
        {
            name: "sidecar injection",
            after: ["istiod"],
            async run(options) {
                await until("sidecar injection", () => notInjected(context), 60, options);
                return "works";
            },
        },
    ];
}

const istioNamespace = "istio-system";

async function applyFile(context: PartContext, file: string, { signal }: StepOptions) {
    await kubectl(
        context,
        [
            ...["apply", "--server-side", "--force-conflicts", "--field-manager=canary-sandbox"],
            ...["-f", file],
        ],
        { signal },
    );
}

async function deploymentReady(
    context: PartContext,
    namespace: string,
    name: string,
    options: StepOptions,
): Promise<string> {
    try {
        await until(name, () => notReady(context, namespace, name), 120, options);
        return "ready";
    } catch (error) {
        if (options.signal.aborted) {
            throw error;
        }
        throw await withEvidence(context, namespace, name, error as Error);
    }
}

/** Why the Deployment is not ready: what its pods wait for. */
async function notReady(
    context: PartContext,
    namespace: string,
    name: string,
): Promise<string | undefined> {
    const get = (what: string[]) =>
        kubectl(context, ["get", "-n", namespace, "-o", "json", ...what]).then(JSON.parse);
    const deployment = await get(["deployment", name]);
    const { replicas = 1 } = deployment.spec;
    const { observedGeneration, availableReplicas = 0, updatedReplicas = 0 } = deployment.status;
    if (
        observedGeneration === deployment.metadata.generation &&
        updatedReplicas === replicas &&
        availableReplicas === replicas
    ) {
        return undefined;
    }
    const { items } = await get(["pods"]);
    const reasons = items.map(podReason).filter((reason: string) => reason !== "");
    return `${availableReplicas} of ${replicas} pods available${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`;
}

interface PodStatus {
    metadata: { name: string };
    status: {
        phase: string;
        containerStatuses?: { ready: boolean; state: { waiting?: { reason: string } } }[];
    };
}

function podReason({ metadata, status }: PodStatus): string {
    const waiting = status.containerStatuses?.find(({ state }) => state.waiting)?.state.waiting;
    const ready = status.containerStatuses?.every((container) => container.ready) ?? false;
    return ready ? "" : `${metadata.name} ${waiting?.reason ?? status.phase}`;
}

async function withEvidence(
    context: PartContext,
    namespace: string,
    name: string,
    error: Error,
): Promise<Error> {
    const log = logFile(context.layout, name);
    const ask = (...args: string[]) =>
        kubectl(context, ["-n", namespace, ...args]).catch((e: Error) => e.message);
    const evidence = [
        await ask("describe", "pods"),
        await ask("logs", `deployment/${name}`, "--tail=100"),
        await ask("get", "events", "--sort-by=.lastTimestamp"),
    ].join("\n");
    writeFileSync(log, evidence);
    const tail = evidence.trimEnd().split("\n").slice(-15).join("\n");
    return new Error(`${error.message}\n${tail}\nThe whole log: ${log}`, { cause: error });
}

async function notInjected(context: PartContext): Promise<string | undefined> {
    const args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
    const answer = JSON.parse(
        await kubectl(context, args, { input: JSON.stringify(injectionProbe()) }),
    );
    const names = [...(answer.spec.initContainers ?? []), ...answer.spec.containers].map(
        ({ name }: { name: string }) => name,
    );
    return names.includes("istio-proxy") ? undefined : "pods get no sidecar yet";
}

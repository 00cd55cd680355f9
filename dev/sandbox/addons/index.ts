// The addons that run as pods: CoreDNS, istiod and the ingress gateway. `up` applies them once the API server answers, then waits.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { clusterFiles } from "../layout";
import type { PartContext } from "../parts";
import { logFile } from "../processes/daemon";
import { apply, kubectl } from "../processes/kubectl";
import { run } from "../processes/runCommand";
import { until } from "../processes/until";
import type { Step, StepOptions } from "../steps/steps";
import { type Addon, addonNotReady, corednsAddon, ingressAddon, istiodAddon } from "./addonStatus";
import { coredns } from "./coredns";
import { injectionProbe, istioOperator } from "./istio";
import { clusterAdmins } from "./rbac";

const node = ["kube-proxy", "kube-controller-manager", "kube-scheduler"];

/** @param gatewayApiCrds folder with the CustomResourceDefinitions of the Gateway API. */
export function addonSteps(context: PartContext, gatewayApiCrds: string): Step[] {
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
                await apply(context, { objects: [...clusterAdmins(), ...coredns()] }, options);
                return "applied";
            },
        },
        {
            name: "gateway api",
            after: ["kube-apiserver"],
            async run(options) {
                await apply(context, { file: gatewayApiCrds }, options);
                return "applied";
            },
        },
        {
            name: "istio objects",
            // istiod reads HTTPRoutes if the API server has them when it starts.
            after: ["kube-apiserver", "istio manifests", "gateway api"],
            async run(options) {
                const namespace = {
                    apiVersion: "v1",
                    kind: "Namespace",
                    metadata: { name: istiodAddon.namespace },
                };
                await apply(context, { objects: [namespace] }, options);
                await apply(context, { file: manifestFile }, options);
                return "applied";
            },
        },
        {
            name: "coredns",
            after: ["cluster objects", ...node],
            run: (options) => addonReady(context, corednsAddon, options),
        },
        {
            name: "istiod",
            after: ["istio objects", ...node],
            run: (options) => addonReady(context, istiodAddon, options),
        },
        {
            name: "ingress gateway",
            after: ["istiod"],
            run: (options) => addonReady(context, ingressAddon, options),
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

async function addonReady(
    context: PartContext,
    addon: Addon,
    options: StepOptions,
): Promise<string> {
    try {
        await until(addon.name, () => addonNotReady(context.layout, addon), 120, options);
        return "ready";
    } catch (error) {
        if (options.signal.aborted) {
            throw error;
        }
        throw await withDiagnostics(context, addon, error as Error);
    }
}

/** Writes the addon's pods, log and events to its log file, and adds the last lines to the error. */
async function withDiagnostics(
    context: PartContext,
    { name, namespace }: Addon,
    error: Error,
): Promise<Error> {
    const log = logFile(context.layout, name);
    const query = (...args: string[]) =>
        kubectl(context, ["-n", namespace, ...args]).catch((e: Error) => e.message);
    const diagnostics = [
        await query("describe", "pods"),
        await query("logs", `deployment/${name}`, "--tail=100"),
        await query("get", "events", "--sort-by=.lastTimestamp"),
    ].join("\n");
    writeFileSync(log, diagnostics);
    const tail = diagnostics.trimEnd().split("\n").slice(-15).join("\n");
    return new Error(`${error.message}\n${tail}\nFull log: ${log}`, { cause: error });
}

async function notInjected(context: PartContext): Promise<string | undefined> {
    const args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
    const answer = JSON.parse(
        await kubectl(context, args, { input: JSON.stringify(injectionProbe()) }),
    );
    const names = [...(answer.spec.initContainers ?? []), ...answer.spec.containers].map(
        ({ name }: { name: string }) => name,
    );
    return names.includes("istio-proxy") ? undefined : "pods do not get a sidecar yet";
}

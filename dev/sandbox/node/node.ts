// The node: its daemons and their configuration files.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { clusterFiles, type Layout } from "../layout";
import {
    apiRelay,
    apiServer,
    cniConfig,
    containerd,
    controllerManager,
    etcd,
    ingressRelays,
    kubelet,
    kubeProxy,
    type PartContext,
    prometheus,
    prometheusRelay,
    scheduler,
} from "../parts";
import { cniConfigDir, containerdConfig, containerdConfigFile } from "../parts/containerd";
import { kubeletConfig, kubeletConfigFile, resolvConfFile } from "../parts/kubelet";
import { kubeProxyConfig, kubeProxyConfigFile } from "../parts/kubeProxy";
import { prometheusConfigFile } from "../parts/prometheusServer";
import { prometheusConfig } from "../parts/scrapeConfig";
import type { Daemon } from "../processes/daemon";

/** All daemons, in a valid start order. */
export function nodeDaemons(context: PartContext): Daemon[] {
    return [
        etcd(context),
        apiServer(context),
        controllerManager(context),
        scheduler(context),
        containerd(context),
        kubelet(context),
        kubeProxy(context),
        prometheus(context),
        apiRelay(context),
        prometheusRelay(context),
        ...ingressRelays(context),
    ];
}

/** Configuration file → its content. */
export function nodeFiles(layout: Layout): Record<string, string> {
    return {
        [containerdConfigFile(layout)]: containerdConfig(layout),
        [path.join(cniConfigDir(layout), "10-sandbox.conflist")]: cniConfig(layout.id),
        [kubeletConfigFile(layout)]: kubeletConfig(layout),
        // Empty: the sandbox has no outside network, so it has no upstream resolver.
        [resolvConfFile(layout)]: "",
        [kubeProxyConfigFile(layout)]: kubeProxyConfig(layout),
        [prometheusConfigFile(layout)]: prometheusConfig(clusterFiles(layout).admin),
    };
}

export function writeNodeFiles(layout: Layout): void {
    for (const [file, content] of Object.entries(nodeFiles(layout))) {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, content);
    }
}

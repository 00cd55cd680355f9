// kube-proxy: services, as nftables rules of the sandbox's network namespace.
import path from "node:path";
import { stringify } from "yaml";
import { clusterFiles, type Layout, network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./context";

export function kubeProxy({ layout, bin }: PartContext): Daemon {
    return {
        name: "kube-proxy",
        // It waits for its node, with growing pauses: the node had better be there.
        after: ["kubelet"],
        command: [bin("kube-proxy"), `--config=${kubeProxyConfigFile(layout)}`],
        health: { url: "http://127.0.0.1:10256/livez" },
    };
}

export function kubeProxyConfigFile(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "kube-proxy.yaml");
}

export function kubeProxyConfig(layout: Layout): string {
    return stringify({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "nftables",
        clientConnection: { kubeconfig: `${clusterFiles(layout).kubeconfigs}/kube-proxy.conf` },
        clusterCIDR: network.pods,
        hostnameOverride: network.nodeName,
        bindAddress: network.node,
        healthzBindAddress: "127.0.0.1:10256",
        metricsBindAddress: "127.0.0.1:10249",
        oomScoreAdj: 0,
        // Machine-wide limits that only the first network namespace may set: leave them.
        conntrack: {
            maxPerCore: 0,
            min: 0,
            tcpEstablishedTimeout: "0s",
            tcpCloseWaitTimeout: "0s",
        },
    });
}

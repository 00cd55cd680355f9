// kube-proxy: implements Services as nftables rules in the sandbox's network namespace.
import path from "node:path";
import { stringify } from "yaml";
import { clusterFiles, type Layout, network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function kubeProxy({ layout, bin }: PartContext): Daemon {
    return {
        name: "kube-proxy",
        // kube-proxy waits for its Node object with exponential backoff; starting it after the kubelet avoids that delay.
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
        // 0 keeps the machine-wide limits, which only the initial network namespace may set.
        conntrack: {
            maxPerCore: 0,
            min: 0,
            tcpEstablishedTimeout: "0s",
            tcpCloseWaitTimeout: "0s",
        },
    });
}

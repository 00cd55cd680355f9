// kubelet. Its pods' cgroups are below the sandbox's cgroup.
import path from "node:path";
import { stringify } from "yaml";
import { clusterFiles, type Layout, network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function kubelet({ layout, bin }: PartContext): Daemon {
    return {
        name: "kubelet",
        after: ["kube-apiserver", "images"],
        command: [
            bin("kubelet"),
            `--config=${kubeletConfigFile(layout)}`,
            `--kubeconfig=${clusterFiles(layout).kubeconfigs}/kubelet.conf`,
            `--hostname-override=${network.nodeName}`,
            `--node-ip=${network.node}`,
        ],
        health: { url: "http://127.0.0.1:10248/healthz" },
    };
}

export function kubeletConfigFile(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "kubelet.yaml");
}

/** The resolv.conf of pods with `dnsPolicy: Default`. */
export function resolvConfFile(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "resolv.conf");
}

export function kubeletConfig(layout: Layout): string {
    return stringify({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: `${clusterFiles(layout).pki}/ca.crt` },
        },
        authorization: { mode: "Webhook" },
        address: network.node,
        containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${layout.id}`,
        cgroupsPerQOS: true,
        enforceNodeAllocatable: [],
        failCgroupV1: false,
        failSwapOn: false,
        clusterDNS: [network.dns],
        clusterDomain: network.domain,
        resolvConf: resolvConfFile(layout),
        oomScoreAdj: 0,
        // The sandbox shares the user's disk: never evict pods or delete images because it is nearly full.
        evictionHard: {
            "imagefs.available": "0%",
            "imagefs.inodesFree": "0%",
            "memory.available": "50Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
        },
        imageGCHighThresholdPercent: 100,
        maxPods: 250,
    });
}

// kube-apiserver, with RBAC and the node authorizer as in kubeadm.

import { clusterFiles, network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function apiServer({ layout, bin }: PartContext): Daemon {
    const { pki } = clusterFiles(layout);
    const url = `https://${network.node}:${network.apiPort}`;
    return {
        name: "kube-apiserver",
        after: ["etcd", "certificates"],
        command: [
            bin("kube-apiserver"),
            "--etcd-servers=http://127.0.0.1:2379",
            `--advertise-address=${network.node}`,
            `--secure-port=${network.apiPort}`,
            `--service-cluster-ip-range=${network.services}`,
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            `--client-ca-file=${pki}/ca.crt`,
            `--tls-cert-file=${pki}/apiserver.crt`,
            `--tls-private-key-file=${pki}/apiserver.key`,
            `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
            `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
            // The node's name is not in DNS, so logs and exec use its address.
            "--kubelet-preferred-address-types=InternalIP",
            `--service-account-issuer=https://kubernetes.default.svc.${network.domain}`,
            `--service-account-key-file=${pki}/sa.pub`,
            `--service-account-signing-key-file=${pki}/sa.key`,
            `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
            `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
            `--proxy-client-key-file=${pki}/front-proxy-client.key`,
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
        ],
        health: { url: `${url}/readyz` },
        address: url,
    };
}

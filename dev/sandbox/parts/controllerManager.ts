// kube-controller-manager: Deployments, endpoints, service accounts and the other controllers.

import { clusterFiles } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function controllerManager({ layout, bin }: PartContext): Daemon {
    const { pki, kubeconfigs } = clusterFiles(layout);
    const kubeconfig = `${kubeconfigs}/controller-manager.conf`;
    return {
        name: "kube-controller-manager",
        after: ["kube-apiserver"],
        command: [
            bin("kube-controller-manager"),
            `--kubeconfig=${kubeconfig}`,
            `--authentication-kubeconfig=${kubeconfig}`,
            `--authorization-kubeconfig=${kubeconfig}`,
            "--bind-address=127.0.0.1",
            `--client-ca-file=${pki}/ca.crt`,
            `--cluster-signing-cert-file=${pki}/ca.crt`,
            `--cluster-signing-key-file=${pki}/ca.key`,
            `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
            `--root-ca-file=${pki}/ca.crt`,
            `--service-account-private-key-file=${pki}/sa.key`,
            "--use-service-account-credentials=true",
            "--controllers=*",
            // A single instance needs no leader election, which would only delay its start.
            "--leader-elect=false",
        ],
        health: { url: "https://127.0.0.1:10257/healthz" },
    };
}

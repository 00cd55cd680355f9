// kube-scheduler.

import { clusterFiles } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function scheduler({ layout, bin }: PartContext): Daemon {
    const kubeconfig = `${clusterFiles(layout).kubeconfigs}/scheduler.conf`;
    return {
        name: "kube-scheduler",
        after: ["kube-apiserver"],
        command: [
            bin("kube-scheduler"),
            `--kubeconfig=${kubeconfig}`,
            `--authentication-kubeconfig=${kubeconfig}`,
            `--authorization-kubeconfig=${kubeconfig}`,
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
        ],
        health: { url: "https://127.0.0.1:10259/healthz" },
    };
}

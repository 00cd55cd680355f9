// Prometheus, which scrapes every sidecar.
import path from "node:path";
import { clusterFiles, type Layout, network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function prometheus({ layout, bin }: PartContext): Daemon {
    const url = `http://127.0.0.1:${network.prometheusPort}`;
    return {
        name: "prometheus",
        after: ["kube-apiserver"],
        command: [
            bin("prometheus"),
            `--config.file=${prometheusConfigFile(layout)}`,
            `--storage.tsdb.path=${clusterFiles(layout).prometheus}`,
            "--storage.tsdb.retention.time=24h",
            // Pods query it at the node's address, which is only reachable inside the sandbox.
            `--web.listen-address=0.0.0.0:${network.prometheusPort}`,
            "--log.level=warn",
        ],
        health: { url: `${url}/-/ready` },
        address: url,
    };
}

export function prometheusConfigFile(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "prometheus.yaml");
}

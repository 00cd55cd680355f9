// etcd: the API server's store.

import { clusterFiles } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function etcd({ layout, bin }: PartContext): Daemon {
    const client = "http://127.0.0.1:2379";
    return {
        name: "etcd",
        after: ["node"],
        command: [
            bin("etcd"),
            "--name=sandbox",
            `--data-dir=${clusterFiles(layout).etcd}`,
            `--listen-client-urls=${client}`,
            `--advertise-client-urls=${client}`,
            "--listen-peer-urls=http://127.0.0.1:2380",
            // Durability is not needed: after a power loss, `up` creates a new cluster.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ],
        health: { url: `${client}/health` },
        address: client,
    };
}

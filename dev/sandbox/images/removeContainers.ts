// Removes the containers of an earlier cluster: `down` kills their processes, but containerd's records keep their names.

import type { Layout } from "../layout";
import { insideNamespaces } from "../node/namespaces";
import { run } from "../processes/runCommand";

/** Call it before the cluster has pods. Also removes the containers' snapshots; keeps the images. */
export async function removeContainers(layout: Layout): Promise<void> {
    const ctr = [...insideNamespaces(layout), "ctr", "--namespace=k8s.io"];
    const lines = async (...args: string[]) =>
        (await run([...ctr, ...args])).split("\n").filter((line) => line !== "");
    const containers = await lines("containers", "list", "-q");
    if (containers.length > 0) {
        await run([...ctr, "containers", "delete", ...containers]);
    }
}

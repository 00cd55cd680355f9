// When the new split was written, and when every sidecar had it.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { clientRoute } from "../../sandbox/demo/clientRoute";
import type { Target } from "../../sandbox/demo/target";
import { NAMESPACES } from "./ways";

/** Pods with a sidecar; each has the routes of the whole mesh. */
export async function sidecars(target: Target): Promise<{ namespace: string; pod: string }[]> {
    const found = await Promise.all(
        [NAMESPACES.ours, NAMESPACES.naive].map(async (namespace) => {
            const path = "jsonpath={.items[*].metadata.name}";
            const { stdout } = await target.kubectl(["get", "pods", "-n", namespace, "-o", path]);
            return stdout.split(" ").map((pod) => ({ namespace, pod }));
        }),
    );
    return found.flat().filter(({ pod }) => pod !== "");
}

/** Waits until every sidecar sends `weight` to v2. @returns when the last of them took it, by its own clock, ms since the epoch. */
export async function routedEverywhere(
    target: Target,
    pods: readonly { namespace: string; pod: string }[],
    namespace: string,
    weight: number,
): Promise<number> {
    const host = `web.${namespace}.svc.cluster.local`;
    let last = 0;
    for (const { namespace: of, pod } of pods) {
        for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
            const route = await clientRoute(target, of, host, pod);
            if (route !== undefined && (route.weights.v2 ?? 0) === weight) {
                last = Math.max(last, route.since);
                break;
            }
            if (Date.now() > deadline) {
                throw new Error(`The sidecar of ${of}/${pod} did not get weight ${weight}.`);
            }
        }
    }
    return last;
}

/** Watches a VirtualService. Resolves once it is watched; `written` tells when the API server told of a change, ms since the epoch. */
export async function watchRoute(
    target: Target,
    namespace: string,
): Promise<{ written(): number | undefined; stop(): Promise<void> }> {
    const path = 'jsonpath={.spec.http[*].route[*].weight}{"\\n"}';
    const args = ["get", "virtualservice", "web", "-n", namespace, "--watch", "-o", path];
    const context = target.context === undefined ? [] : ["--context", target.context];
    const child = execa(target.kubectlFile, [...context, ...args], {
        env: target.env,
        reject: false,
        stdin: "ignore",
    });
    let at: number | undefined;
    await new Promise<void>((resolve, reject) => {
        let before: string | undefined;
        if (child.stdout === null) throw new Error("The watch has no output.");
        createInterface(child.stdout).on("line", (now) => {
            // More than the weights may change, and what is there is told more than once.
            if (before !== undefined && now !== before) at ??= Date.now();
            before ??= now;
            resolve();
        });
        child.once("exit", () => reject(new Error(`${namespace}: the watch has ended`)));
    });
    return {
        written: () => at,
        async stop() {
            child.kill();
            await child;
        },
    };
}

// The kubectl script of the articles: a ladder by the clock, nothing looked at.
import path from "node:path";
import { CHECKOUT } from "../../../checkout";
import { interruptible } from "../../../sandbox/demo/interruptible";
import type { Place, Release, Tool } from "../tool";
import { apply, available, deployment, namespaceManifest, trafficPolicy } from "../toolManifests";

/** Seconds between two weights, and after the last: the article's are 300. */
const DWELL = 60;

const SCRIPT = path.join(CHECKOUT, "dev", "bench", "rollouts", "canary-rollout.sh");

export const script: Tool = {
    id: "script",
    title: "kubectl script",
    settings: `10, 50, 100 %, ${DWELL} s each`,
    // It looks at nothing: any other one ends as these do.
    only: ["S1", "S13"],
    minutes: () => 6,
    load: 1,
    atOnce: 8,
    open,
};

async function open(place: Place): Promise<Release> {
    const { target, namespace, scenario, signal } = place;
    const run = async (over: AbortSignal, args: readonly string[], dwell = DWELL) => {
        const env = {
            ...target.env,
            NAMESPACE: namespace,
            TIMEOUT: scenario.timeout,
            DWELL: String(dwell),
        };
        const options = { env, all: true, stdin: "ignore" } as const;
        const { exitCode, all } = await interruptible("bash", [SCRIPT, ...args], options, over);
        if (exitCode !== 0) throw new Error(`The script ended with ${exitCode}: ${all}`);
    };
    const version = (name: "v1" | "v2") => {
        const labels = { app: "web", version: name };
        return deployment(place, `web-${name}`, name, labels, target.images.app);
    };
    await apply(place, namespaceManifest(namespace), version("v1"), service(namespace), {
        apiVersion: "networking.istio.io/v1beta1",
        kind: "DestinationRule",
        metadata: { name: "web", namespace },
        spec: {
            host: `web.${namespace}.svc.cluster.local`,
            trafficPolicy,
            subsets: ["v1", "v2"].map((name) => ({ name, labels: { version: name } })),
        },
    });
    await run(signal, ["100"]);
    await available(place, "web-v1");
    return {
        async run(over) {
            await apply(place, version("v2"));
            await run(over, []);
            // Somebody who watches would do so now, too.
            await new Promise<void>((resolve) => {
                const end = setTimeout(resolve, DWELL * 1_000);
                over.addEventListener("abort", () => {
                    clearTimeout(end);
                    resolve();
                });
            });
            return { outcome: "promoted", reason: "it looks at nothing" };
        },
        back: (over) => run(over, ["100"]),
    };
}

function service(namespace: string): object {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace },
        spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    };
}

// Whether the API server, with its schemas and Istio's webhook, would take an object. Nothing is stored.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { Manifest } from "../../../rollout/rules";
import type { Target } from "../../sandbox/demo/target";
import { kindOf } from "./originals";

export interface DryRun {
    /** Namespaced kinds that can be created, as `networking.istio.io/v1/VirtualService`. */
    readonly kinds: ReadonlySet<string>;
    /** @returns why the object is refused; undefined if it is not. @throws Error for any other answer. */
    refusal(manifest: Manifest): Promise<string | undefined>;
    close(): Promise<void>;
}

interface Status {
    readonly message?: string;
}

/** Codes of a refusal: unreadable, by policy, invalid. */
const REFUSED = [400, 403, 422];

/** @param namespace must be there. */
export async function openDryRun(target: Target, namespace: string): Promise<DryRun> {
    const proxy = execa(target.kubectlFile, ["proxy", "--port=0"], { env: target.env });
    const ended = proxy.catch(() => {});
    if (proxy.stdout === null) throw new Error("kubectl proxy has no output.");
    const lines = createInterface({ input: proxy.stdout });
    const [line] = (await once(lines, "line")) as [string];
    const url = `http://${line.split(" ").at(-1)}`;
    const paths = await pathsOf(url, namespace);
    return {
        kinds: new Set(paths.keys()),
        refusal: async (manifest) => {
            const place = `${url}${paths.get(kindOf(manifest))}?dryRun=All&fieldValidation=Strict`;
            const response = await fetch(place, {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify(manifest),
            });
            const status = (await response.json()) as Status;
            if (response.ok) return undefined;
            if (REFUSED.includes(response.status)) return status.message ?? "";
            throw new Error(`${kindOf(manifest)}: ${response.status} ${status.message}`);
        },
        close: async () => {
            proxy.kill();
            await ended;
        },
    };
}

async function pathsOf(url: string, namespace: string): Promise<Map<string, string>> {
    const get = async (place: string) => (await fetch(`${url}${place}`)).json();
    const { groups } = (await get("/apis")) as {
        groups: { versions: { groupVersion: string }[] }[];
    };
    const versions = groups.flatMap((group) => group.versions.map((one) => one.groupVersion));
    const places = [["v1", "/api/v1"], ...versions.map((version) => [version, `/apis/${version}`])];
    const paths = new Map<string, string>();
    for (const [version, place = ""] of places) {
        const { resources } = (await get(place)) as {
            resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
        };
        for (const { name, kind, namespaced, verbs } of resources) {
            if (!namespaced || name.includes("/") || !verbs.includes("create")) continue;
            paths.set(`${version}/${kind}`, `${place}/namespaces/${namespace}/${name}`);
        }
    }
    return paths;
}

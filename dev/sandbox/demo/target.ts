// Where the demo runs: the sandbox of this checkout, or a cluster that the user's kubeconfig names.
import { type ExecaReturnValue, execa, type Options } from "execa";

export interface Target {
    /** For people: `this checkout's sandbox`, `context prod-eu`. */
    readonly name: string;
    /** Environment of every command: PATH, KUBECONFIG, Pulumi's backend. */
    readonly env: NodeJS.ProcessEnv;
    readonly kubectlFile: string;
    readonly pulumiFile: string;
    /** Context of the kubeconfig; undefined for its current one. */
    readonly context: string | undefined;
    /** The whole target goes away at the end: what was made in it needs no removal of its own. */
    readonly disposable: boolean;
    readonly images: { readonly app: string; readonly k6: string };
    /** Runs kubectl. @throws ExecaError with what it said. */
    kubectl(args: readonly string[], options?: Options): Promise<ExecaReturnValue>;
}

export interface TargetParts extends Omit<Target, "kubectl"> {}

export function target(parts: TargetParts): Target {
    const context = parts.context === undefined ? [] : ["--context", parts.context];
    return {
        ...parts,
        kubectl: (args, options) =>
            execa(parts.kubectlFile, [...context, ...args], { env: parts.env, ...options }),
    };
}

/** The images that the programs of the sandbox are published as. */
export const publishedImages = { app: "fortio/fortio:1.68.1", k6: "grafana/k6:1.8.1" };

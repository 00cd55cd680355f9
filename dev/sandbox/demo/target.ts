// Where the demo runs: the sandbox of this checkout, or a cluster of the user's kubeconfig.
import { type ExecaReturnValue, execa, type Options } from "execa";

export interface Target {
    /** For display: `this checkout's sandbox`, `context prod-eu`. */
    readonly name: string;
    /** Environment of every command: PATH, KUBECONFIG, Pulumi's backend. */
    readonly env: NodeJS.ProcessEnv;
    readonly kubectlFile: string;
    readonly pulumiFile: string;
    /** Kubeconfig context; undefined for the current one. */
    readonly context: string | undefined;
    /** The whole target is removed at the end, so that nothing in it needs a cleanup of its own. */
    readonly disposable: boolean;
    readonly images: { readonly app: string; readonly k6: string };
    /** Runs kubectl. @throws ExecaError with its output. */
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

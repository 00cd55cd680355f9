// Environment variables for the sandbox, outside and inside its network namespace.
import path from "node:path";
import { clusterFiles, type Layout, network } from "./layout";
import { pulumiEnvironment } from "./pulumi";
import type { SandboxState } from "./state";

/** Variables for the user's shell. The caller also puts `binDir` first in PATH. */
export function sandboxVariables(
    layout: Layout,
    ports: SandboxState["ports"],
): Record<string, string> {
    return {
        KUBECONFIG: clusterFiles(layout).hostKubeconfig,
        PROMETHEUS_URL: `http://127.0.0.1:${ports.prometheus}`,
        INGRESS_HTTP_URL: `http://127.0.0.1:${ports.http}`,
        INGRESS_HTTPS_URL: `https://127.0.0.1:${ports.https}`,
        ...pulumiEnvironment(layout),
    };
}

/** The complete environment of a child process: `base` with the sandbox's variables and PATH. */
export function sandboxEnvironment(
    layout: Layout,
    ports: SandboxState["ports"],
    base: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
    return {
        ...base,
        ...sandboxVariables(layout, ports),
        PATH: [layout.binDir, ...(base.PATH ?? "").split(path.delimiter)]
            .filter((dir, i, all) => dir !== "" && all.indexOf(dir) === i)
            .join(path.delimiter),
    };
}

/** The same for a process inside the namespace, where loopback is the node's own. */
export function insideEnvironment(
    layout: Layout,
    ports: SandboxState["ports"],
    base: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
    return {
        ...sandboxEnvironment(layout, ports, base),
        KUBECONFIG: clusterFiles(layout).admin,
        PROMETHEUS_URL: `http://127.0.0.1:${network.prometheusPort}`,
        INGRESS_HTTP_URL: `http://${network.ingress}`,
        INGRESS_HTTPS_URL: `https://${network.ingress}`,
        CONTAINERD_NAMESPACE: "k8s.io",
    };
}

/** Commands for a POSIX shell's `eval`; idempotent. */
export function shellExports(layout: Layout, ports: SandboxState["ports"]): string {
    const bin = shellQuoted(layout.binDir);
    const lines = Object.entries(sandboxVariables(layout, ports)).map(
        ([name, value]) => `export ${name}=${shellQuoted(value)}`,
    );
    const exportPath = `case ":$PATH:" in *:${bin}:*) ;; *) export PATH=${bin}:"$PATH" ;; esac`;
    return `${[...lines, exportPath].join("\n")}\n`;
}

/** Single-quotes the text if a shell requires it. */
export function shellQuoted(text: string): string {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { readState, sandboxEnvironment, sandboxLayout } from "../../../dev/sandbox";

/** A series in the result of an instant query. */
export interface Series {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: number;
}

export interface Cluster {
    readonly env: NodeJS.ProcessEnv;
    /** Runs kubectl. @returns its stdout. @throws ExecaError with its output. */
    kubectl(...args: string[]): Promise<string>;
    apply(...objects: object[]): Promise<void>;
    /** Creates a namespace with sidecar injection, after removing an existing one of that name. */
    createNamespace(name: string): Promise<void>;
    /** Does not wait until it is gone. */
    removeNamespace(name: string): Promise<void>;
    /** Waits until every Deployment of the namespace is available. */
    available(namespace: string): Promise<void>;
    query(promql: string): Promise<Series[]>;
    /** Output of `istioctl analyze` for a namespace. */
    analyze(namespace: string): Promise<string>;
}

/** The cluster of this checkout's sandbox. @throws Error if it is not up. */
export function sandboxCluster(): Cluster {
    const layout = sandboxLayout(CHECKOUT);
    const state = readState(layout);
    if (state?.readyAt === undefined) {
        throw new Error(
            "This suite requires the sandbox. Bring it up with: npx istio-canary sandbox up",
        );
    }
    const env = sandboxEnvironment(layout, state.ports);
    const kubectl = async (args: readonly string[], input?: string) => {
        const { stdout } = await execa("kubectl", args, { env, input });
        return stdout;
    };
    const removeNamespace = async (name: string, wait = false) => {
        await kubectl(["delete", "namespace", name, "--ignore-not-found", `--wait=${wait}`]);
    };
    const apply = async (...items: object[]) => {
        const list = { apiVersion: "v1", kind: "List", items };
        await kubectl(["apply", "--server-side", "-f", "-"], JSON.stringify(list));
    };
    return {
        env,
        kubectl: (...args) => kubectl(args),
        apply,
        removeNamespace: (name) => removeNamespace(name),
        async createNamespace(name) {
            await removeNamespace(name, true);
            const metadata = { name, labels: { "istio-injection": "enabled" } };
            await apply({ apiVersion: "v1", kind: "Namespace", metadata });
        },
        async available(namespace) {
            const condition = "--for=condition=Available";
            await kubectl([
                ...["wait", "deployment", "--all", condition],
                ...["--timeout=90s", `--namespace=${namespace}`],
            ]);
        },
        query: (promql) => query(env.PROMETHEUS_URL ?? "", promql),
        async analyze(namespace) {
            const args = ["analyze", "-n", namespace];
            const { stdout, stderr } = await execa("istioctl", args, { env, reject: false });
            return stdout + stderr;
        },
    };
}

async function query(prometheus: string, promql: string): Promise<Series[]> {
    const url = `${prometheus}/api/v1/query?${new URLSearchParams({ query: promql })}`;
    const answer = (await (await fetch(url)).json()) as {
        status: string;
        error?: string;
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer.status !== "success") {
        throw new Error(`${promql}: ${answer.error}`);
    }
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** Polls `ask` until `found` accepts its result. @throws Error with the last result after `seconds`. */
export async function eventually<T>(
    what: string,
    seconds: number,
    ask: () => Promise<T>,
    found: (answer: T) => boolean,
): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const answer = await ask();
        if (found(answer)) {
            return answer;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what}: timed out after ${seconds} s, got ${JSON.stringify(answer)}`);
        }
        await sleep(250);
    }
}

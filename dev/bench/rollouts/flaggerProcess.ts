// Flagger as one process for all of its canaries, which is how it is run; and what it says of each.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { type ExecaChildProcess, execa } from "execa";
import type { Target } from "../../sandbox/demo/target";
import { ensureToolchain } from "../../sandbox/toolchain";

export interface CanaryStatus {
    /** Initializing, Initialized, Progressing, Promoting, Finalising, Succeeded, Failed. */
    readonly phase: string;
    readonly weight: number;
    readonly failedChecks: number;
}

const WATCH = "/apis/flagger.app/v1beta1/canaries?watch=1&timeoutSeconds=7200";
const KEPT_WORDS = 4;

export class Flagger {
    private readonly statuses = new Map<string, CanaryStatus>();
    private readonly words = new Map<string, string[]>();
    private readonly children: ExecaChildProcess[] = [];
    private heard: (() => void)[] = [];
    private stopping = false;

    private constructor(private readonly target: Target) {}

    /** Builds it where that was never done, makes its kinds known to the cluster, and starts it. */
    static async start(target: Target, signal: AbortSignal): Promise<Flagger> {
        const toolchain = await ensureToolchain({ for: "peers", signal });
        const flagger = new Flagger(target);
        await target.kubectl(["apply", "--server-side", "-f", toolchain.flaggerCrds], { signal });
        const established = ["--for=condition=Established", "--timeout=30s"];
        await target.kubectl(["wait", "crd/canaries.flagger.app", ...established], { signal });
        const program = execa(
            toolchain.bin("flagger"),
            [
                `-kubeconfig=${target.env.KUBECONFIG}`,
                "-mesh-provider=istio",
                `-metrics-server=${target.env.PROMETHEUS_URL}`,
                `-port=${await freePort()}`,
                "-log-level=info",
            ],
            { env: target.env, stdin: "ignore", reject: false, buffer: false, all: true },
        );
        flagger.follow(program, (line) => flagger.note(line));
        flagger.follow(
            execa(target.kubectlFile, ["get", "--raw", WATCH], {
                env: target.env,
                stdin: "ignore",
                reject: false,
                buffer: false,
                all: true,
            }),
            (line) => flagger.see(line),
        );
        return flagger;
    }

    /** Its status once it is like this. @throws what the signal was aborted with; Error when Flagger has ended. */
    async until(
        namespace: string,
        wanted: (status: CanaryStatus) => boolean,
        signal: AbortSignal,
    ): Promise<CanaryStatus> {
        for (;;) {
            signal.throwIfAborted();
            const status = this.statuses.get(namespace);
            if (status !== undefined && wanted(status)) return status;
            if (this.children.some(({ exitCode }) => exitCode !== null)) {
                throw new Error(`Flagger or its watch ended: ${this.lastWords("")}`);
            }
            await new Promise<void>((resolve) => {
                const end = () => {
                    signal.removeEventListener("abort", end);
                    resolve();
                };
                this.heard.push(end);
                signal.addEventListener("abort", end);
            });
        }
    }

    /** What it logged last of the canary there. */
    lastWords(namespace: string): string {
        return (this.words.get(namespace) ?? []).join(" | ");
    }

    async stop(): Promise<void> {
        this.stopping = true;
        for (const child of this.children) child.kill("SIGTERM", { forceKillAfterTimeout: 5_000 });
        await Promise.all(this.children);
        const kinds = ["canaries", "metrictemplates", "alertproviders"];
        const names = kinds.map((kind) => `crd/${kind}.flagger.app`);
        await this.target.kubectl(["delete", ...names, "--ignore-not-found", "--timeout=60s"]);
    }

    private follow(child: ExecaChildProcess, hear: (line: string) => void): void {
        this.children.push(child);
        if (child.all) createInterface(child.all).on("line", hear);
        void child.then(() => {
            if (!this.stopping) this.wake();
        });
    }

    /** An event of the watch. */
    private see(line: string): void {
        const { object } = line.startsWith("{") ? JSON.parse(line) : {};
        const { phase = "", canaryWeight = 0, failedChecks = 0 } = object?.status ?? {};
        const namespace = object?.metadata?.namespace;
        if (namespace === undefined) {
            this.note(line);
            return;
        }
        this.statuses.set(namespace, { phase, weight: canaryWeight, failedChecks });
        this.wake();
    }

    /** A line of Flagger's log: JSON with `canary: "web.<namespace>"` where it is about one. */
    private note(line: string): void {
        const { namespace, text } = logLine(line);
        const words = this.words.get(namespace) ?? [];
        this.words.set(namespace, [...words, text].slice(-KEPT_WORDS));
    }

    private wake(): void {
        const all = this.heard;
        this.heard = [];
        for (const resolve of all) resolve();
    }
}

/** The namespace that a line of Flagger's log is about, empty for none, and what it says. */
export function logLine(line: string): { readonly namespace: string; readonly text: string } {
    try {
        const { canary = "", msg = line } = JSON.parse(line);
        return { namespace: String(canary).replace(/^[^.]*\.?/, ""), text: String(msg) };
    } catch {
        return { namespace: "", text: line };
    }
}

function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
        });
    });
}

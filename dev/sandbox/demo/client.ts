// The client: a pod that sends requests at a constant rate (open loop) and logs each of them.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { type ExecaChildProcess, execa } from "execa";
import { clientPod } from "./clientPod";
import { parseRequest, type Request } from "./requests";
import type { Target } from "./target";

export interface ClientOptions {
    readonly namespace: string;
    readonly url: string;
    /** Requests per second. */
    readonly rate: number;
    /** The load stops by itself after this, even if the demo is killed. */
    readonly maxMinutes: number;
    /** No sidecar, and a new connection per request, because a Service balances connections. Default: `false`. */
    readonly plain?: boolean;
    /** Version whose successful responses are not logged: a log line costs about as much as its request. Default: none. */
    readonly unsaid?: string;
}

/** A running client; `requests` grows as its log arrives. */
export class Client {
    readonly requests: Request[] = [];
    private logs: ExecaChildProcess | undefined;

    constructor(
        private readonly target: Target,
        private readonly options: ClientOptions,
    ) {}

    /** Creates the pod, waits until it runs, and follows its log from the first line. */
    async start(signal: AbortSignal): Promise<void> {
        const script = await readFile(path.join(__dirname, "load.js"), "utf8");
        const manifests = clientManifests(this.options, this.target.images.k6, script);
        await this.target.kubectl(["apply", "-f", "-"], {
            input: JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }),
            signal,
        });
        const namespace = this.options.namespace;
        await this.target.kubectl(
            ["wait", "-n", namespace, "pod/client", "--for=condition=Ready", "--timeout=120s"],
            { signal },
        );
        this.logs = execa(
            this.target.kubectlFile,
            ["logs", "-n", namespace, "client", "-c", "k6", "-f"],
            { env: this.target.env, reject: false, buffer: false },
        );
        if (this.logs.stdout) {
            createInterface(this.logs.stdout).on("line", (line) => {
                const request = parseRequest(line);
                if (request !== undefined) {
                    this.requests.push(request);
                }
            });
        }
    }

    /** Stops the load and deletes the client's namespace, unless the whole target is disposable. */
    async stop(): Promise<void> {
        this.logs?.kill();
        if (!this.target.disposable) {
            const namespace = ["namespace", this.options.namespace];
            await this.target.kubectl([
                "delete",
                ...namespace,
                "--ignore-not-found",
                "--wait=false",
            ]);
        }
    }
}

function clientManifests(options: ClientOptions, image: string, script: string): object[] {
    const { namespace, rate, url, maxMinutes, plain = false, unsaid = "" } = options;
    return clientPod({
        namespace,
        image,
        script: { name: "load.js", text: script },
        flags: ["--summary-mode=disabled"],
        env: {
            RATE: String(rate),
            URL: url,
            DURATION: `${maxMinutes}m`,
            NEW_CONNECTIONS: String(plain),
            UNSAID: unsaid,
        },
        plain,
    });
}

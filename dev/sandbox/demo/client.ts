// The client: a pod with a sidecar of its own that sends an open loop of requests and prints each.
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
    /** The load ends by itself after this, whatever happens to us. */
    readonly maxMinutes: number;
    /** No sidecar, and a new connection for each request, which is what a Service shares out. Default false. */
    readonly plain?: boolean;
    /** A version whose good answers are not printed: each line costs about as much as its request. Default none. */
    readonly unsaid?: string;
}

/** A client that sends; `requests` grows as its log arrives. */
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

    /** Ends the load and removes the client's namespace, unless the whole target goes away. */
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

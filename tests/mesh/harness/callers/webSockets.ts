// WebSockets that a client holds, and the server that answers on them, in an image of Node.js.
import { type ExecaChildProcess, execa } from "execa";
import { CHECKOUT } from "../../../../dev/checkout";
import { sandboxLayout } from "../../../../dev/sandbox";
import { importImages } from "../../../../dev/sandbox/images/importImages";
import type { Cluster } from "../cluster";

export const webSocketImage = "sandbox/websocket:1";

/**
 * `serve <name>` answers each message with its name on ports 8080 and 7001. `hold <count> <port>…` opens that many WebSockets to
 * each port of $HOST, sends a message a second, and opens a new one for each that ends.
 */
const script = `
const http = require("node:http");
const { createHash } = require("node:crypto");
const [mode, name, ...ports] = process.argv.slice(2);
process.on("SIGTERM", () => process.exit(0));
if (mode === "serve") {
    const answer = Buffer.concat([Buffer.from([0x81, name.length]), Buffer.from(name)]);
    for (const port of [8080, 7001]) {
        const server = http.createServer((request, response) => response.end(name));
        server.on("upgrade", ({ headers }, socket) => {
            const key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
            const accept = createHash("sha1").update(key).digest("base64");
            const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket"];
            lines.push("Connection: Upgrade", "Sec-WebSocket-Accept: " + accept, "", "");
            socket.write(lines.join("\\r\\n"));
            socket.on("data", () => socket.write(answer));
            socket.on("error", () => socket.destroy());
        });
        server.listen(port);
    }
} else if (mode === "hold") {
    const say = (what) => console.log(JSON.stringify({ at: Date.now(), ...what }));
    let last = 0;
    const hold = (port) => {
        const id = ++last;
        const again = () => setTimeout(hold, 500, port);
        const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": 13 };
        headers["Sec-WebSocket-Key"] = Buffer.from(String(id).padStart(16)).toString("base64");
        const request = http.get({ host: process.env.HOST, port, headers, agent: false });
        request.on("error", again);
        request.on("response", (response) => { response.resume(); again(); });
        request.on("upgrade", (_, socket) => {
            let version;
            // A text frame "hi" with the mask 0.
            const send = () => socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
            const timer = setInterval(send, 1000);
            send();
            socket.on("data", (frame) => {
                if (version !== undefined) return;
                version = frame.subarray(2).toString().slice(0, 2);
                say({ id, port, version, event: "open" });
            });
            socket.on("error", () => socket.destroy());
            socket.on("close", () => {
                clearInterval(timer);
                if (version !== undefined) say({ id, port, version, event: "close" });
                again();
            });
        });
    };
    for (const port of ports) for (let count = 0; count < Number(name); count++) hold(Number(port));
} else setInterval(() => {}, 1000);
`;

/** Imports the image into the sandbox: this machine's Node.js and the script. */
export async function importWebSocketImage(): Promise<void> {
    const node = {
        name: webSocketImage,
        files: {
            "/usr/local/bin/node": { from: process.execPath },
            "/websocket.js": { content: script },
            "/tmp": { directory: true },
        },
        entrypoint: ["/usr/local/bin/node", "/websocket.js"],
    } as const;
    const { signal } = new AbortController();
    await importImages(sandboxLayout(CHECKOUT), [node], { signal, onWait: () => {} });
}

interface Happened {
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly id: number;
    readonly port: number;
    readonly version: string;
    readonly event: "open" | "close";
}

/** A client that holds WebSockets to a host. */
export class WebSocketClient {
    private readonly open = new Map<string, Happened>();
    /** Every WebSocket that ended. */
    readonly closed: Happened[] = [];
    private readonly runs: ExecaChildProcess[] = [];

    constructor(
        private readonly cluster: Cluster,
        private readonly namespace: string,
        private readonly host: string,
    ) {}

    /** Creates the client's pod. Its namespace must exist. */
    async start(): Promise<void> {
        const { namespace } = this;
        await this.cluster.apply({
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
                name: "client",
                namespace,
                annotations: { "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true" },
            },
            spec: {
                terminationGracePeriodSeconds: 1,
                containers: [
                    {
                        name: "client",
                        image: webSocketImage,
                        imagePullPolicy: "IfNotPresent",
                        args: ["idle"],
                        env: [{ name: "HOST", value: this.host }],
                    },
                ],
            },
        });
        await this.cluster.kubectl(
            ...["wait", "-n", namespace, "pod/client", "--for=condition=Ready", "--timeout=90s"],
        );
    }

    /** Opens `count` more WebSockets to each port. */
    hold(count: number, ports: readonly number[]): void {
        const run = execa(
            "kubectl",
            [
                ...["exec", "-n", this.namespace, "client", "-c", "client", "--"],
                ...["node", "/websocket.js", "hold", String(count), ...ports.map(String)],
            ],
            { env: this.cluster.env, reject: false, buffer: false },
        );
        const number = this.runs.push(run);
        let rest = "";
        run.stdout?.on("data", (data: Buffer) => {
            const lines = (rest + data.toString()).split("\n");
            rest = lines.pop() ?? "";
            for (const line of lines) this.read(number, JSON.parse(line));
        });
    }

    private read(run: number, happened: Happened): void {
        const key = `${run} ${happened.id}`;
        if (happened.event === "open") this.open.set(key, happened);
        else {
            this.open.delete(key);
            this.closed.push(happened);
        }
    }

    /** How many are open on a port, to one version or to both. */
    count(port: number, version?: string): number {
        return [...this.open.values()].filter(
            (one) => one.port === port && (version === undefined || one.version === version),
        ).length;
    }

    stop(): void {
        for (const run of this.runs) run.kill();
    }
}

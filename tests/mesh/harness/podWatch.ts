// Watches pods come and go, by our own clock, which is the client's too.
import { createInterface } from "node:readline";
import { type ExecaChildProcess, execa } from "execa";
import type { Target } from "../../../dev/sandbox/demo/target";

export interface PodSighting {
    readonly name: string;
    /** Milliseconds since the epoch, each as soon as it was seen. */
    readonly seenAt: number;
    readyAt?: number;
    /** When it was told to end: before its drain. */
    endingAt?: number;
}

const COLUMNS = [
    "{.metadata.name}",
    "{.metadata.deletionTimestamp}",
    '{.status.conditions[?(@.type=="Ready")].status}',
];

export class PodWatch {
    private readonly pods = new Map<string, PodSighting>();
    private readonly process: ExecaChildProcess;

    /** Follows the pods that have the labels `selector`, those that are there now first. */
    constructor(target: Target, namespace: string, selector: string) {
        const format = `jsonpath=${COLUMNS.join("|")}{"\\n"}`;
        this.process = execa(
            target.kubectlFile,
            ["get", "pods", "-n", namespace, "-l", selector, "--watch", "-o", format],
            { env: target.env, reject: false, buffer: false },
        );
        if (this.process.stdout) {
            createInterface(this.process.stdout).on("line", (line) => this.saw(line));
        }
    }

    /** Every pod seen so far, the oldest first. */
    get seen(): readonly PodSighting[] {
        return [...this.pods.values()];
    }

    stop(): void {
        this.process.kill();
    }

    private saw(line: string): void {
        const [name = "", deletion = "", ready = ""] = line.split("|");
        const now = Date.now();
        const pod = this.pods.get(name) ?? { name, seenAt: now };
        if (ready === "True") {
            pod.readyAt ??= now;
        }
        if (deletion !== "") {
            pod.endingAt ??= now;
        }
        this.pods.set(name, pod);
    }
}

// Records when pods start, become ready and terminate, by this machine's clock, which the client uses too.
import { createInterface } from "node:readline";
import { type ExecaChildProcess, execa } from "execa";
import type { Target } from "../../../dev/sandbox/demo/target";

export interface PodSighting {
    readonly name: string;
    /** When the watch first saw the pod, milliseconds since the epoch. */
    readonly seenAt: number;
    readyAt?: number;
    /** When its deletion started, before the drain. */
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

    /** Watches the pods that match the label selector, including existing ones. */
    constructor(target: Target, namespace: string, selector: string) {
        const format = `jsonpath=${COLUMNS.join("|")}{"\\n"}`;
        this.process = execa(
            target.kubectlFile,
            ["get", "pods", "-n", namespace, "-l", selector, "--watch", "-o", format],
            { env: target.env, reject: false, buffer: false },
        );
        if (this.process.stdout) {
            createInterface(this.process.stdout).on("line", (line) => this.record(line));
        }
    }

    /** All pods seen so far, oldest first. */
    get seen(): readonly PodSighting[] {
        return [...this.pods.values()];
    }

    stop(): void {
        this.process.kill();
    }

    private record(line: string): void {
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

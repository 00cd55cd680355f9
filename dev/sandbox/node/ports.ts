// Loopback ports of the machine: the same for a checkout each time, unless another program has taken them.
import { createServer } from "node:net";
import type { SandboxState } from "../state";

/** Below Linux's range for outgoing connections (32768…), so that none of those sits on one by chance. */
const first = 20_000;
const span = 12_000;

/** Candidates in the order of trying; two sandboxes begin at different ones. */
export function portCandidates(id: string): number[] {
    const start = Number.parseInt(id.replace(/^canary-/, "").slice(0, 6), 16);
    return Array.from({ length: 50 }, (_, i) => first + ((start + i * 2) % span));
}

/** Four free ports. @throws Error when too many of 50 candidates are taken. */
export async function freePorts(id: string): Promise<SandboxState["ports"]> {
    const free: number[] = [];
    for (const port of portCandidates(id)) {
        if (await isFree(port)) {
            free.push(port);
        }
        const [api, prometheus, http, https] = free;
        if (api && prometheus && http && https) {
            return { api, prometheus, http, https };
        }
    }
    throw new Error(`No four free ports among ${portCandidates(id).join(", ")} on 127.0.0.1.`);
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
}

// Loopback ports on the machine. A checkout always gets the same ones, unless another program uses them.
import { createServer } from "node:net";
import type { SandboxState } from "../state";

/** Below Linux's range for outgoing connections (32768…), which could otherwise occupy a port by chance. */
const first = 20_000;
const span = 12_000;

/** Candidate ports in order; the start depends on the sandbox. */
export function portCandidates(id: string): number[] {
    const start = Number.parseInt(id.replace(/^canary-/, "").slice(0, 6), 16);
    return Array.from({ length: 50 }, (_, i) => first + ((start + i * 2) % span));
}

/** Four free ports. @throws Error if fewer than four of 50 candidates are free. */
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
    throw new Error(
        `Expected four free ports on 127.0.0.1 among ${portCandidates(id).join(", ")}. Free some of them.`,
    );
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
}

// The driver's engine in a process of its own, as `istio-canary run` has it: it is up before a phase begins.
// node --require tsx/cjs dev/bench/phase/engineProcess.ts STACK   takes a weight per line, answers a line for each.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { openEngine } from "../../../canary/driver/pulumi/engine";
import { CHECKOUT } from "../../checkout";
import type { Target } from "../../sandbox/demo/target";

export class DriverProcess {
    private constructor(
        private readonly child: ChildProcessWithoutNullStreams,
        private readonly lines: Interface,
    ) {}

    static async start(target: Target, stack: string, temporary: string): Promise<DriverProcess> {
        const child = spawn(process.execPath, ["--require", "tsx/cjs", __filename, stack], {
            cwd: CHECKOUT,
            env: { ...target.env, TMPDIR: temporary },
        });
        child.stderr.pipe(process.stderr);
        const started = new DriverProcess(child, createInterface(child.stdout));
        await started.answer();
        return started;
    }

    get pid(): number {
        return this.child.pid ?? 0;
    }

    /** Writes the weight, previews with the pack, updates. @throws Error with the engine's reason. */
    async shift(weight: number): Promise<void> {
        this.child.stdin.write(`${weight}\n`);
        const problem = await this.answer();
        if (problem !== "") throw new Error(`The driver could not take ${weight}: ${problem}`);
    }

    async stop(): Promise<void> {
        if (this.child.exitCode !== null) return;
        const ended = once(this.child, "exit");
        this.child.stdin.end();
        await ended;
    }

    private async answer(): Promise<string> {
        const ended = once(this.child, "exit").then(() => ["the process has ended"]);
        const [line] = await Promise.race([once(this.lines, "line"), ended]);
        return String(line);
    }
}

async function serve(stack: string): Promise<void> {
    const policyPack = path.join(CHECKOUT, "policy");
    const engine = await openEngine({ directory: CHECKOUT, stack, policyPack });
    await engine.config();
    console.log("");
    for await (const line of createInterface(process.stdin)) {
        await engine.setConfig({ weight: Number(line) });
        const previewed = await engine.preview();
        const result = previewed.ok ? await engine.update() : previewed;
        console.log(result.ok ? "" : result.reason.replaceAll("\n", " "));
    }
}

if (require.main === module) {
    serve(process.argv[2] ?? "").catch((error: unknown) => {
        console.error(error);
        process.exitCode = 2;
    });
}

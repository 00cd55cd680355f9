// Opens the demo's target. A sandbox that is already up stays up; one that the demo starts is removed at the end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, type Options } from "execa";
import { COMMAND } from "../../checkout";
import { publishedImages } from "../images/recipes";
import { ensureToolchain } from "../toolchain";
import { findOnPath } from "../toolchain/buildPrerequisites";
import { interruptible } from "./interruptible";
import { type Target, target } from "./target";

/** Registers a cleanup. Cleanups run at the end, in reverse order. */
export type OnEnd = (what: string, run: () => Promise<void>) => void;

/** The sandbox of this checkout, or the cluster of `context`. @throws Error if it is not available. */
export async function openTarget(
    context: string | undefined,
    signal: AbortSignal,
    onEnd: OnEnd,
): Promise<Target> {
    return context === undefined ? openSandbox(signal, onEnd) : openContext(context, signal, onEnd);
}

async function openSandbox(signal: AbortSignal, onEnd: OnEnd): Promise<Target> {
    const wasUp = (await sandbox(["status", "--json"])).exitCode === 0;
    if (!wasUp) {
        // Registered before `up`, which may be interrupted.
        onEnd("sandbox", async () => {
            await sandbox(["down"], { stdout: "inherit" });
        });
    }
    const up = await sandbox(["up", "--for-demo"], { stdout: "inherit" }, signal);
    if (up.exitCode !== 0) {
        throw new Error("The sandbox did not start; see the error above.");
    }
    return sandboxTarget(!wasUp);
}

/** The running sandbox of this checkout. @throws Error if it is not up. */
export async function sandboxTarget(disposable: boolean): Promise<Target> {
    const { stdout, exitCode } = await sandbox(["env", "--json"]);
    if (exitCode !== 0) {
        throw new Error("The sandbox is not up. Bring it up with: npx istio-canary sandbox up");
    }
    const env: NodeJS.ProcessEnv = { ...process.env, ...JSON.parse(stdout) };
    const find = (program: string) => findOnPath(program, env.PATH) ?? program;
    return target({
        name: "this checkout's sandbox",
        env,
        kubectlFile: find("kubectl"),
        pulumiFile: find("pulumi"),
        context: undefined,
        disposable,
        images: { app: "sandbox/fortio:1.68.1", k6: "sandbox/k6:1.8.1" },
    });
}

/** Runs `istio-canary sandbox …`, as a user does. */
function sandbox(args: readonly string[], options: Options = {}, signal?: AbortSignal) {
    const command = [COMMAND, "sandbox", ...args];
    return interruptible(
        process.execPath,
        command,
        { stdin: "ignore", stderr: "inherit", ...options },
        signal,
    );
}

async function openContext(context: string, signal: AbortSignal, onEnd: OnEnd): Promise<Target> {
    const kubectl = findOnPath("kubectl");
    if (kubectl === undefined) {
        throw new Error("kubectl: not found on PATH. The demo needs it to reach your cluster.");
    }
    const known = await execa(kubectl, ["config", "get-contexts", "-o", "name"], { reject: false });
    const contexts = known.stdout.split("\n").filter((name) => name !== "");
    if (!contexts.includes(context)) {
        const found = contexts.join(", ") || "none";
        throw new Error(
            `--context: expected a context of your kubeconfig (${found}), got ${context}.`,
        );
    }
    const toolchain = await ensureToolchain({ for: "pulumi", signal });
    const pulumi = toolchain.bin("pulumi");
    const state = await mkdtemp(path.join(tmpdir(), "canary-demo-"));
    onEnd("state", () => rm(state, { recursive: true, force: true }));
    return target({
        name: `context ${context}`,
        env: {
            ...process.env,
            PATH: `${path.dirname(pulumi)}${path.delimiter}${process.env.PATH}`,
            // The demo deletes its stack at the end, so it keeps it out of the user's backend.
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_CONFIG_PASSPHRASE: "",
        },
        kubectlFile: kubectl,
        pulumiFile: pulumi,
        context,
        disposable: false,
        images: publishedImages,
    });
}

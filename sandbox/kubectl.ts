// kubectl inside the sandbox, for what `up` itself does.
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines, run } from "./command";
import { clusterFiles } from "./layout";
import { insideNamespaces } from "./namespaces";
import type { PartContext } from "./parts";
import type { StepOptions } from "./steps";

/** Its output. @throws CommandFailed */
export function kubectl(
    { layout, bin }: PartContext,
    args: readonly string[],
    options: { input?: string; signal?: AbortSignal; timeout?: number } = {},
): Promise<string> {
    const command = [bin("kubectl"), `--kubeconfig=${clusterFiles(layout).admin}`, ...args];
    return run([...insideNamespaces(layout), ...command], options);
}

/** Server-side apply: the same manifest twice changes nothing. `yaml` may also be JSON. */
export async function apply(
    context: PartContext,
    yaml: string,
    { signal }: StepOptions,
): Promise<void> {
    const args = ["apply", "--server-side", "--force-conflicts", "--field-manager=canary-sandbox"];
    await kubectl(context, [...args, "-f", "-"], { input: yaml, signal });
}

export function asList(items: readonly object[]): string {
    return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** Waits until `check` says nothing. @throws Error with its last word after `seconds`. */
export async function until(
    what: string,
    check: () => Promise<string | undefined>,
    seconds: number,
    { signal, onWait }: StepOptions,
): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        signal.throwIfAborted();
        const reason = await check().catch((error: Error) => lastLines(error.message, 1));
        if (reason === undefined) {
            return;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what} was not ready within ${seconds} s: ${reason}`);
        }
        onWait(reason);
        await sleep(200, undefined, { signal });
    }
}

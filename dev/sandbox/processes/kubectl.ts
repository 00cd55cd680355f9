// kubectl inside the sandbox, for `up`.

import { clusterFiles } from "../layout";
import { insideNamespaces } from "../node/namespaces";
import type { PartContext } from "../parts";
import type { StepOptions } from "../steps/steps";
import { run } from "./runCommand";

/** kubectl's output. @throws CommandFailed */
export function kubectl(
    { layout, bin }: PartContext,
    args: readonly string[],
    options: { input?: string; signal?: AbortSignal; timeout?: number } = {},
): Promise<string> {
    const command = [bin("kubectl"), `--kubeconfig=${clusterFiles(layout).admin}`, ...args];
    return run([...insideNamespaces(layout), ...command], options);
}

/** Server-side apply; idempotent. */
export async function apply(
    context: PartContext,
    manifest: { readonly file: string } | { readonly objects: readonly object[] },
    { signal }: StepOptions,
): Promise<void> {
    const args = ["apply", "--server-side", "--force-conflicts", "--field-manager=canary-sandbox"];
    if ("file" in manifest) {
        await kubectl(context, [...args, "-f", manifest.file], { signal });
    } else {
        const list = { apiVersion: "v1", kind: "List", items: manifest.objects };
        await kubectl(context, [...args, "-f", "-"], { input: JSON.stringify(list), signal });
    }
}

/**
 * An update by one rollout's driver must not change another rollout's weight. The config may already have another weight than the
 * last update: another driver has set it but not previewed it, or a person will, or this checkout's config is old.
 */
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";
import type { StackFile } from "./stackFile";

export interface PinnedConfig {
    /** A copy of the stack's config in which the other rollouts have their last weights. */
    readonly file: string;
    remove(): Promise<void>;
}

export async function pinOtherWeights(
    file: StackFile,
    others: readonly Pick<RolloutTarget, "weightKey" | "weight">[],
    inherited: (key: string) => string | undefined,
): Promise<PinnedConfig> {
    const changed: Record<string, number> = {};
    for (const { weightKey, weight } of others) {
        if (weightKey === undefined) continue;
        const text = (await file.get(weightKey)) ?? inherited(weightKey) ?? "0";
        if (text !== String(weight)) changed[weightKey] = weight;
    }
    // Always a copy: another driver may write the file before Pulumi reads it.
    const copy = path.join(tmpdir(), `istio-canary-${process.pid}-${path.basename(file.path)}`);
    // It has the stack's encrypted secrets.
    await writeFile(copy, await file.edit(changed), { mode: 0o600 });
    return { file: copy, remove: () => rm(copy, { force: true }) };
}

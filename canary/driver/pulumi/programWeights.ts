/** Whether the program takes a rollout's weight and roles from the stack's config, by the outputs in a preview. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { at } from "../../../rollout/config/unknown";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";

type Values = Readonly<Record<string, string | number>>;

export class ProgramWeights {
    private rollout: RolloutTarget | undefined;
    private expected: Values = {};
    private outputs: unknown;

    /** Values that the config has from now on. */
    expect(rollout: RolloutTarget | undefined, values: Values): void {
        this.rollout = rollout;
        this.expected = { ...this.expected, ...values };
    }

    /** Forgets the last preview. */
    clear(): void {
        this.outputs = undefined;
    }

    read({ resOutputsEvent }: EngineEvent): void {
        const metadata = resOutputsEvent?.metadata;
        if (metadata === undefined || metadata.urn !== this.rollout?.urn) return;
        if (metadata.new?.outputs !== undefined) this.outputs = metadata.new.outputs;
    }

    /** How the program differs from the config, and what to do; undefined if it agrees, or no preview has shown it. */
    difference(): string | undefined {
        const { rollout, outputs } = this;
        if (rollout === undefined || outputs === undefined) return undefined;
        for (const [key, value] of Object.entries(this.expected)) {
            const found = at(outputs, key);
            if (found === undefined || found === value) continue;
            const expected = `expected ${value}, as in the stack's config, got ${found}`;
            return `CanaryRollout ${rollout.name}: ${key}: ${expected}. ${fixOf(key, rollout)}`;
        }
        return undefined;
    }
}

function fixOf(key: string, { name, weightKey }: RolloutTarget): string {
    if (key !== "weight") return `The program sets \`${key}\` itself: change it there.`;
    return `The program sets the weight itself: remove \`weight\` from the arguments of ${name}, which then reads \`${weightKey}\`.`;
}

/** For a rollout whose weight is not in the stack's config. */
export function noWeightKey(name: string): string {
    return `CanaryRollout ${name}: expected the weight in the stack's config, got one that the program sets. Remove \`weight\` from its arguments, run \`pulumi up\`, and set its key in the config instead.`;
}

/** Arguments and manifests of a rollout, judged before anything is registered. */

import { pathText } from "../../rollout/config/problems";
import { checkConfig, type RolloutConfig } from "../../rollout/config/rolloutConfig";
import { type Manifests, manifestList } from "../../rollout/manifests/manifests";
import { judge, judgementText } from "../../rollout/rules";
import type { CanaryRolloutArgs } from "../args/rolloutArgs";
import { ArgumentsError } from "./argumentsError";

/** @throws ArgumentsError with every wrong argument. */
export function checkedConfig(name: string, args: CanaryRolloutArgs): RolloutConfig {
    const result = checkConfig(args);
    if (result.ok) return result.config;
    throw new ArgumentsError(
        `CanaryRollout ${name} has wrong arguments; nothing was changed.`,
        result.problems.map(({ path, reason }) => ({ propertyPath: pathText(path), reason })),
    );
}

/**
 * The rules of the policy pack, as far as one rollout can be judged by itself.
 * @returns what is advised, or exempted.
 * @throws ArgumentsError with what is refused.
 */
export function refusals(name: string, manifests: Manifests): string[] {
    const today = new Date().toISOString().slice(0, 10);
    const judgements = judge(manifestList(manifests), { today });
    const refused = judgements.filter(({ level }) => level === "mandatory");
    if (refused.length > 0) {
        throw new ArgumentsError(
            `CanaryRollout ${name} breaks rules; nothing was changed.`,
            refused.map(({ rule, finding }) => ({
                propertyPath: finding.path,
                reason: judgementText(rule, finding),
            })),
        );
    }
    return judgements.map(({ rule, finding, exemption }) =>
        judgementText(rule, finding, exemption),
    );
}

/** Checks of a rollout's arguments and manifests, before anything is registered. */
import * as pulumi from "@pulumi/pulumi";
import { REFUSED } from "../../rollout/config/names";
import { pathText, problemText } from "../../rollout/config/problems";
import { checkConfig, type RolloutConfig } from "../../rollout/config/rolloutConfig";
import { type Manifests, manifestList } from "../../rollout/manifests/manifests";
import { judge, judgementText } from "../../rollout/rules";
import { deferInputs, withUnknowns } from "./inputs";

/**
 * An InputPropertiesError for an engine that constructs the component remotely. A local program would print that error with
 * a stack trace; as a RunError it prints the message alone, with every path.
 */
class ArgumentsError extends pulumi.InputPropertiesError {
    /** RunError.isInstance recognizes RunErrors by it. */
    readonly __pulumiRunError = true;

    constructor(summary: string, errors: pulumi.InputPropertyErrorDetails[]) {
        const lines = errors.map(({ propertyPath, reason }) => `  ${propertyPath}: ${reason}`);
        super({ message: [`${summary} [${REFUSED}]`, ...lines].join("\n"), errors });
    }
}

/** @throws ArgumentsError with every invalid argument. */
export function checkArgs(name: string, args: object): RolloutConfig {
    const result = checkConfig(deferInputs(args));
    if (result.ok) return result.config;
    const { problems } = result;
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new ArgumentsError(
        `CanaryRollout ${name} has ${count}. Nothing was changed.`,
        problems.map((one) => ({ propertyPath: pathText(one.path), reason: problemText(one) })),
    );
}

/**
 * The rules of the policy pack, as far as they can judge one rollout alone.
 * @returns advice, and findings that are exempted.
 * @throws ArgumentsError with every mandatory finding.
 */
export function checkRules(name: string, manifests: Manifests): string[] {
    const today = new Date().toISOString().slice(0, 10);
    const judgements = judge(withUnknowns(manifestList(manifests)), { today });
    const refused = judgements.filter(({ level }) => level === "mandatory");
    if (refused.length > 0) {
        throw new ArgumentsError(
            `CanaryRollout ${name} breaks rules. Nothing was changed.`,
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

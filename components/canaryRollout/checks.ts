/** Checks a rollout's arguments and manifests before it registers any resource. */
import * as pulumi from "@pulumi/pulumi";
import { REFUSED } from "../../rollout/config/names";
import { pathText, problemText } from "../../rollout/config/problems";
import { checkConfig, type RolloutConfig } from "../../rollout/config/rolloutConfig";
import { type Manifests, manifestList } from "../../rollout/manifests/manifests";
import { checkManifests, judgementText } from "../../rollout/rules";
import { deferInputs, withUnknowns } from "./inputs";
import { SharedWeight, type WeightSource, weightSource } from "./weightSource";

/**
 * An InputPropertiesError, which the engine needs if it constructs the component remotely. A local program would print that with a
 * stack trace, so it is also a RunError, of which Pulumi prints only the message.
 */
export class ArgumentsError extends pulumi.InputPropertiesError {
    /** RunError.isInstance checks this field. */
    readonly __pulumiRunError = true;

    constructor(summary: string, errors: pulumi.InputPropertyErrorDetails[]) {
        const lines = errors.map(({ propertyPath, reason }) => `  ${propertyPath}: ${reason}`);
        super({ message: [`${summary} [${REFUSED}]`, ...lines].join("\n"), errors });
    }
}

/** A rollout's checked config, and the config key of its weight. */
export interface Checked {
    readonly config: RolloutConfig;
    readonly weightKey: WeightSource["key"];
}

/** @throws ArgumentsError with every invalid argument. */
export function checkArgs(name: string, args: { readonly weight?: unknown }): Checked {
    const { weight, key } = sourceOf(name, args.weight);
    const result = checkConfig(deferInputs({ ...args, weight }));
    if (result.ok) return { config: result.config, weightKey: key };
    const { problems } = result;
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new ArgumentsError(
        `CanaryRollout ${name} has ${count}. Nothing was changed.`,
        problems.map((one) => ({ propertyPath: pathText(one.path), reason: problemText(one) })),
    );
}

function sourceOf(name: string, argument: unknown): WeightSource {
    try {
        return weightSource(name, argument);
    } catch (error) {
        if (!(error instanceof SharedWeight)) throw error;
        throw new ArgumentsError(`CanaryRollout ${name} has 1 problem. Nothing was changed.`, [
            { propertyPath: "weight", reason: error.message },
        ]);
    }
}

/**
 * Runs those rules of the policy pack that need only the objects of one rollout.
 * @returns messages of advisory and exempted findings.
 * @throws ArgumentsError with every mandatory finding.
 */
export function checkRules(name: string, manifests: Manifests): string[] {
    const today = new Date().toISOString().slice(0, 10);
    const judgements = checkManifests(withUnknowns(manifestList(manifests)), { today });
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

/** Warns before the first update if the provider would replace what other field managers own in objects that exist. */
export function warnIfForced(rollout: pulumi.Resource, isFirst: boolean): void {
    if (!isFirst || process.env.PULUMI_K8S_ENABLE_PATCH_FORCE !== "true") return;
    void pulumi.log.warn(
        "PULUMI_K8S_ENABLE_PATCH_FORCE is set. If the app's Service exists, this update replaces its selector and port, and the pods that serve it get no more requests. Unset it, and set `adopt` and `service`. See docs/workload/existing-service.md.",
        rollout,
    );
}

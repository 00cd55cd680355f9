/** A rule as CrossGuard runs it. */
import type { Policies, ReportViolation } from "@pulumi/policy";
import {
    concerns,
    type Finding,
    findingText,
    type Manifest,
    type Options,
    optionsOf,
    type Rule,
    UNKNOWN,
} from "../rollout/rules";
import { manifestOf } from "./manifest";

type PolicyOfPack = Policies[number];

/** The policy of a rule: its name, description, level and options are the rule's. */
export function asPolicy(rule: Rule): PolicyOfPack {
    const about = {
        name: rule.id,
        description: rule.description,
        enforcementLevel: rule.severity,
        configSchema: { properties: { ...rule.options } },
    };
    if (rule.scope === "program") {
        return {
            ...about,
            validateStack: (args, report) => {
                const manifests = args.resources.flatMap((resource): Manifest[] => {
                    const manifest = manifestOf(resource);
                    return manifest !== undefined && concerns(rule, manifest) ? [manifest] : [];
                });
                const options = optionsOf(rule, args.getConfig<Options>());
                reportAll(rule.check(manifests, options), report);
            },
        };
    }
    return {
        ...about,
        validateResource: (args, report) => {
            const manifest = manifestOf(args);
            if (manifest === undefined || !concerns(rule, manifest)) return;
            reportAll(rule.check(manifest, optionsOf(rule, args.getConfig<Options>())), report);
        },
    };
}

function reportAll(findings: readonly Finding[], report: ReportViolation): void {
    for (const finding of findings) {
        if (finding.found === UNKNOWN) reportUnknown(finding, report);
        else report(findingText(finding));
    }
}

/**
 * What a preview could not judge is said but does not stop it; the update judges it before it is written. The host
 * takes an object in place of the message, with a level of its own, which its types do not tell.
 */
function reportUnknown(finding: Finding, report: ReportViolation): void {
    const violation = { message: findingText(finding), enforcementLevel: "advisory" };
    report(violation as unknown as string);
}

/**
 * Converts the rules to CrossGuard policies.
 *
 * The policy host parses every resource again for each policy that it calls: with one policy per rule, that took most of the
 * pack's time. So one policy, PACK, reads the resources and runs all rules. Each rule still has a policy, which holds the rule's
 * level and options, but offers the host a function only if there is a finding to report, and once at the start to learn the
 * options. The host reads the functions again for each request; tests/policy checks that for the host that package.json pins.
 */
import type {
    Policies,
    ReportViolation,
    ResourceValidation,
    StackValidation,
} from "@pulumi/policy";
import { type Options, PACK, PRESETS, type Preset, type Rule } from "../rollout/rules";
import { type Report, RuleRunner } from "./ruleRunner";

type PolicyOfPack = Policies[number];

const PRESET_OPTION = {
    type: "string",
    enum: PRESETS.filter((preset) => preset !== "strict"),
    default: "recommended",
    description: "Rules that run: `recommended` (all) or `correctness` (without policy).",
} as const;

/** The findings of one request, until the policies of their rules have reported them. */
type Pending = Map<Rule, Report[]>;

/** @param today returns the current day, such as "2026-11-21", because exemptions expire. */
export function packPolicies(rules: readonly Rule[], today: () => string = utcDay): Policies {
    const runner = new RuleRunner(rules, today);
    /** By URN, because the host may interleave requests. */
    const ofResources = new Map<string, Pending>();
    let ofStack: Pending = new Map();
    let isStarted = false;

    const pack: PolicyOfPack = {
        name: PACK,
        description: "Manifests must pass the rules of the pack.",
        enforcementLevel: "mandatory",
        configSchema: { properties: { preset: PRESET_OPTION } },
        validateResource: (args) => {
            isStarted = true;
            readPreset(runner, args);
            const found = runner.run("resource", [args]);
            if (found.size > 0) ofResources.set(args.urn, found);
        },
        validateStack: (args) => {
            if (ofResources.size > 0) {
                const rule = [...ofResources.values()].flatMap((found) => [...found.keys()])[0];
                throw new Error(`The policy host did not ask ${rule?.id} for its findings.`);
            }
            readPreset(runner, args);
            ofStack = runner.run("program", args.resources);
        },
    };

    const takeOfResource = (urn: string, rule: Rule): Report[] => {
        const found = ofResources.get(urn);
        const reports = found?.get(rule) ?? [];
        found?.delete(rule);
        if (found?.size === 0) ofResources.delete(urn);
        return reports;
    };

    const policyOf = (rule: Rule): PolicyOfPack => {
        const isOfProgram = rule.scope === "program";
        const hasPending = () => [...ofResources.values()].some((found) => found.has(rule));

        const validateResource: ResourceValidation = (args, report) => {
            const isNew = !runner.knows(rule);
            runner.learn(rule, args.getConfig<Options>());
            if (isOfProgram) return;
            const found = isNew ? runner.runOne(rule, [args]) : takeOfResource(args.urn, rule);
            reportAll(found, report);
        };
        const validateStack: StackValidation = (args, report) => {
            const isNew = !runner.knows(rule);
            runner.learn(rule, args.getConfig<Options>());
            const found = isNew ? runner.runOne(rule, args.resources) : (ofStack.get(rule) ?? []);
            reportAll(found, report);
        };
        return {
            name: rule.id,
            description: rule.description,
            enforcementLevel: rule.severity,
            configSchema: { properties: { ...rule.options } },
            /** An empty list if there is nothing to report: the host then does not parse the resource. */
            get validateResource() {
                const isNew = !runner.knows(rule);
                // Without a function before the start, the host registers the policy as one of the program.
                if (isOfProgram) return isNew && isStarted ? validateResource : undefined;
                return isNew || hasPending() ? validateResource : [];
            },
            get validateStack() {
                if (!isOfProgram) return undefined;
                return !isStarted || !runner.knows(rule) || ofStack.has(rule)
                    ? validateStack
                    : undefined;
            },
        } as PolicyOfPack;
    };
    return [pack, ...rules.map(policyOf)];
}

function readPreset(runner: RuleRunner, args: { getConfig<T extends object>(): T }): void {
    runner.preset = args.getConfig<{ preset?: Preset }>().preset ?? PRESET_OPTION.default;
}

function reportAll(reports: readonly Report[], report: ReportViolation): void {
    for (const { message, isAdvisory } of reports) {
        if (isAdvisory) reportOnly(message, report);
        else report(message);
    }
}

/**
 * Reports a finding as advisory, so that it does not block: an exempted finding, or one on a value that is unknown in preview and
 * that the update checks before it writes it. The host accepts an object with its own level, which its types do not declare.
 */
function reportOnly(message: string, report: ReportViolation): void {
    report({ message, enforcementLevel: "advisory" } as unknown as string);
}

function utcDay(): string {
    return new Date().toISOString().slice(0, 10);
}

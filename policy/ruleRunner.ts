/** Runs the rules on the resources that the policy host sends. */
import {
    concerns,
    exemptionFrom,
    type Finding,
    findingsOf,
    isInPreset,
    judgementText,
    type Manifest,
    type Options,
    type Preset,
    type Rule,
    stopsNothing,
} from "../rollout/rules";
import { type Head, headOf, manifestOf, type PolicySubject } from "./manifest";

/** A finding as the policy of its rule reports it. */
export interface Report {
    readonly message: string;
    /** Advisory at any level of the rule. */
    readonly isAdvisory: boolean;
}

export class RuleRunner {
    /** A disabled rule has none, because the host never calls its policy. */
    private readonly options = new Map<Rule, Options>();
    private readonly heads = new Map<string, Head | undefined>();
    /** Options of PACK. */
    preset: Preset = "recommended";

    /** @param today returns the current day, such as "2026-11-21", because exemptions expire. */
    constructor(
        private readonly rules: readonly Rule[],
        private readonly today: () => string,
    ) {}

    knows(rule: Rule): boolean {
        return this.options.has(rule);
    }

    learn(rule: Rule, options: Options): void {
        this.options.set(rule, options);
    }

    /** Runs all rules of this scope whose options are known. */
    run(scope: Rule["scope"], resources: readonly PolicySubject[]): Map<Rule, Report[]> {
        const manifests = resources.flatMap((one) => this.read(one));
        const rules = this.rules.filter((rule) => rule.scope === scope && this.knows(rule));
        const found = rules.map((rule) => [rule, this.judge(rule, manifests)] as const);
        return new Map(found.filter(([, reports]) => reports.length > 0));
    }

    /** Runs one rule. */
    runOne(rule: Rule, resources: readonly PolicySubject[]): Report[] {
        return this.judge(
            rule,
            resources.flatMap((one) => this.read(one)),
        );
    }

    private judge(rule: Rule, manifests: readonly Manifest[]): Report[] {
        if (manifests.length === 0 || !isInPreset(rule, this.preset)) return [];
        const today = this.today();
        return findingsOf(rule, manifests, this.options.get(rule)).map((finding) =>
            reportOf(rule, finding, manifests, today),
        );
    }

    private read(resource: PolicySubject): Manifest[] {
        const { type } = resource;
        if (!this.heads.has(type)) this.heads.set(type, this.headOfJudged(type));
        const head = this.heads.get(type);
        return head === undefined ? [] : [manifestOf(resource, head)];
    }

    /** Undefined for types that no rule reads. */
    private headOfJudged(type: string): Head | undefined {
        const head = headOf(type);
        return head && this.rules.some((rule) => concerns(rule, head)) ? head : undefined;
    }
}

function reportOf(
    rule: Rule,
    finding: Finding,
    manifests: readonly Manifest[],
    today: string,
): Report {
    const exemption = exemptionFrom(rule.id, finding.resource, manifests, today);
    return {
        message: judgementText(rule, finding, exemption),
        isAdvisory: exemption !== undefined || stopsNothing(finding),
    };
}

/** Converts a rule to a CrossGuard policy. */
import type { Policies, ReportViolation } from "@pulumi/policy";
import {
    concerns,
    exemptionFrom,
    type Finding,
    findingsOf,
    judgementText,
    type Manifest,
    type Options,
    type Rule,
    STEP_KIND,
    stopsNothing,
    VIRTUAL_SERVICE,
} from "../rollout/rules";
import { type Head, headOf, manifestOf, type PolicySubject } from "./manifest";

type PolicyOfPack = Policies[number];

/**
 * Creates a policy with the name, description, level and options of a rule.
 * @param today returns the current day, such as "2026-11-21", because exemptions expire.
 */
export function asPolicy(rule: Rule, today: () => string = utcDay): PolicyOfPack {
    const base = {
        name: rule.id,
        description: rule.description,
        enforcementLevel: rule.severity,
        configSchema: { properties: { ...rule.options } },
    };
    if (rule.scope === "program") {
        return {
            ...base,
            validateStack: (args, report) => {
                const manifests = args.resources.flatMap((one) => readFor(rule, one));
                const findings = findingsOf(rule, manifests, args.getConfig<Options>());
                reportAll(rule, findings, manifests, today(), report);
            },
        };
    }
    return {
        ...base,
        validateResource: (args, report) => {
            const manifests = readFor(rule, args);
            const findings = findingsOf(rule, manifests, args.getConfig<Options>());
            reportAll(rule, findings, manifests, today(), report);
        },
    };
}

/** The manifest of a resource, if the rule reads it or if it may carry an exemption. Empty otherwise. */
function readFor(rule: Rule, resource: PolicySubject): Manifest[] {
    // Check the type first: reading all properties of all resources for each rule would take longer than the rules.
    const head = headOf(resource.type);
    if (head === undefined) return [];
    return concerns(rule, head) || mayExempt(rule, head) ? [manifestOf(resource, head)] : [];
}

/** Findings of step rules name VirtualServices and Deployments, and those objects carry the exemptions. */
function mayExempt({ kinds }: Rule, head: Head): boolean {
    const ofStep = kinds.some(({ kind }) => kind === STEP_KIND.kind);
    return ofStep && [VIRTUAL_SERVICE.kind, "Deployment"].includes(head.kind);
}

function reportAll(
    rule: Rule,
    findings: readonly Finding[],
    manifests: readonly Manifest[],
    today: string,
    report: ReportViolation,
): void {
    for (const finding of findings) {
        const exemption = exemptionFrom(rule.id, finding.resource, manifests, today);
        const message = judgementText(rule, finding, exemption);
        if (exemption !== undefined || stopsNothing(finding)) reportOnly(message, report);
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

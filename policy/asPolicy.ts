/** A rule as CrossGuard runs it. */
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
 * The policy of a rule: its name, description, level and options are the rule's.
 * @param today the day on which exemptions are judged, as "2026-11-21".
 */
export function asPolicy(rule: Rule, today: () => string = utcDay): PolicyOfPack {
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
                const manifests = args.resources.flatMap((one) => readFor(rule, one));
                const findings = findingsOf(rule, manifests, args.getConfig<Options>());
                reportAll(rule, findings, manifests, today(), report);
            },
        };
    }
    return {
        ...about,
        validateResource: (args, report) => {
            const manifests = readFor(rule, args);
            const findings = findingsOf(rule, manifests, args.getConfig<Options>());
            reportAll(rule, findings, manifests, today(), report);
        },
    };
}

/** The manifest of a resource that the rule reads, or that may bear an exemption from it. */
function readFor(rule: Rule, resource: PolicySubject): Manifest[] {
    // Reading the properties of everything for each rule would cost more than the rules do.
    const head = headOf(resource.type);
    if (head === undefined) return [];
    return concerns(rule, head) || mayExempt(rule, head) ? [manifestOf(resource, head)] : [];
}

/** A step is judged in the name of objects, which bear its exemptions. */
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
 * What a preview could not judge is said but does not stop it, for the update judges it before it is written; so is what
 * is exempted. The host takes an object in place of the message, with a level of its own, which its types do not tell.
 */
function reportOnly(message: string, report: ReportViolation): void {
    report({ message, enforcementLevel: "advisory" } as unknown as string);
}

function utcDay(): string {
    return new Date().toISOString().slice(0, 10);
}

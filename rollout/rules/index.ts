/** All rules, and functions that run them over manifests. */

import type { Exemption } from "../config/topics/exemptions";
import { UNKNOWN } from "../config/unknown";
import { exemptionFrom } from "./exemptions/exemption";
import { exemptionForm } from "./exemptions/exemptionForm";
import { bothPrincipals } from "./identity/bothPrincipals";
import { plaintextRedirect } from "./identity/plaintextRedirect";
import { sidecarInjection } from "./identity/sidecarInjection";
import { subsetTls } from "./identity/subsetTls";
import { tlsMode } from "./identity/tlsMode";
import { connectionPool } from "./resilience/connectionPool";
import { httpTimeout } from "./resilience/httpTimeout";
import { outlierDetection } from "./resilience/outlierDetection";
import { outlierEjection } from "./resilience/outlierEjection";
import { retryAttempts } from "./resilience/retryAttempts";
import { retryBudget } from "./resilience/retryBudget";
import { retrySafety } from "./resilience/retrySafety";
import { retryTimeout } from "./resilience/retryTimeout";
import { fullHost } from "./routing/fullHost";
import { gatewayHosts } from "./routing/gatewayHosts";
import { insideCallers } from "./routing/insideCallers";
import { mirrorMethods } from "./routing/mirrorMethods";
import { oneVirtualService } from "./routing/oneVirtualService";
import { portProtocol } from "./routing/portProtocol";
import { stableOnlyPaths } from "./routing/stableOnlyPaths";
import { subsetDeclared } from "./routing/subsetDeclared";
import { subsetOverlap } from "./routing/subsetOverlap";
import { visibleSubsets } from "./routing/visibleSubsets";
import { concerns, type Finding, type Manifest, type Options, optionsOf, type Rule } from "./rule";
import { NO_SETTINGS, type Settings } from "./ruleSettings";
import { roleSwap } from "./weights/roleSwap";
import { slotInUse } from "./weights/slotInUse";
import { wayBack } from "./weights/wayBack";
import { weightCap } from "./weights/weightCap";
import { weightCapacity } from "./weights/weightCapacity";
import { weightRange } from "./weights/weightRange";
import { weightReplicas } from "./weights/weightReplicas";
import { weightStep } from "./weights/weightStep";
import { weightSum } from "./weights/weightSum";
import { idleVersion } from "./workload/idleVersion";
import { serviceSelector } from "./workload/serviceSelector";
import { subsetPods } from "./workload/subsetPods";
import { targetPort } from "./workload/targetPort";

/** In the order of docs/policy/policy.md: weights, limits, hosts and subsets, security. */
export const rules: readonly Rule[] = [
    weightRange,
    weightSum,
    weightStep,
    weightCap,
    weightCapacity,
    roleSwap,
    slotInUse,
    idleVersion,
    weightReplicas,
    wayBack,
    httpTimeout,
    retryTimeout,
    retryAttempts,
    retrySafety,
    retryBudget,
    bothPrincipals,
    outlierDetection,
    outlierEjection,
    connectionPool,
    fullHost,
    visibleSubsets,
    gatewayHosts,
    insideCallers,
    subsetDeclared,
    subsetPods,
    subsetOverlap,
    serviceSelector,
    portProtocol,
    targetPort,
    stableOnlyPaths,
    mirrorMethods,
    oneVirtualService,
    sidecarInjection,
    subsetTls,
    tlsMode,
    plaintextRedirect,
    exemptionForm,
];

/** A finding and its level. */
export interface Judgement {
    readonly rule: Rule;
    /** An advisory finding rejects nothing. Exempted findings and unknown values are advisory. */
    readonly level: "advisory" | "mandatory";
    readonly finding: Finding;
    /** The exemption that makes the finding advisory. */
    readonly exemption?: Exemption;
}

export interface JudgeOptions {
    /** Date of the check, such as "2026-11-21", because exemptions expire. */
    readonly today: string;
    /** Default: the level and options that each rule defines. */
    readonly settings?: Settings;
}

/** Runs all rules on a program's manifests. */
export function checkManifests(
    manifests: readonly Manifest[],
    { today, settings = NO_SETTINGS }: JudgeOptions,
): Judgement[] {
    return rules.flatMap((rule): Judgement[] => {
        const ruleSettings = settings.byRule[rule.id];
        const level = ruleSettings?.level ?? settings.all ?? rule.severity;
        if (level === "disabled") return [];
        return findingsOf(rule, manifests, ruleSettings?.options).map((finding) => {
            const exemption = exemptionFrom(rule.id, finding.resource, manifests, today);
            const isAdvisory = exemption !== undefined || stopsNothing(finding);
            return {
                rule,
                level: isAdvisory ? "advisory" : level,
                finding,
                ...(exemption && { exemption }),
            };
        });
    });
}

/** Whether a finding is advisory at any level: its value is unknown, or may be intended. */
export function stopsNothing({ found, advisory }: Finding): boolean {
    return found === UNKNOWN || advisory === true;
}

/** Findings of all mandatory rules with their default options. */
export function findingsIn(manifests: readonly Manifest[]): Finding[] {
    return rules
        .filter(({ severity }) => severity === "mandatory")
        .flatMap((rule) => findingsOf(rule, manifests));
}

/** Runs one rule on the manifests that it reads. */
export function findingsOf(rule: Rule, manifests: readonly Manifest[], given?: Options): Finding[] {
    const read = manifests.filter((manifest) => concerns(rule, manifest));
    const options = optionsOf(rule, given);
    return rule.scope === "program"
        ? rule.check(read, options)
        : read.flatMap((manifest) => rule.check(manifest, options));
}

export type { Exemption } from "../config/topics/exemptions";
export { UNKNOWN } from "../config/unknown";
export { exemptionFrom } from "./exemptions/exemption";
export { findingText, judgementText } from "./findingText";
export { VIRTUAL_SERVICE } from "./lookup/routes";
export * from "./rule";
export { LEVELS, type Level, parseSettings, type Settings } from "./ruleSettings";
export { STEP_KIND } from "./weights/weightStep";

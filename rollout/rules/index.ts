/** Every rule, and how to run them over manifests. */

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

/** Weights first, then bounds, then what the names must agree on, then security. */
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

/** A finding, and what it means. */
export interface Judgement {
    readonly rule: Rule;
    /** Advisory is said and stops nothing; so is what is exempted, or not known yet. */
    readonly level: "advisory" | "mandatory";
    readonly finding: Finding;
    /** What lets it pass. */
    readonly exemption?: Exemption;
}

export interface JudgeOptions {
    /** The day of the check, as "2026-11-21": exemptions end. */
    readonly today: string;
    /** Default: every rule at its own level, with its own options. */
    readonly settings?: Settings;
}

/** What every rule finds in a program's manifests. */
export function judge(
    manifests: readonly Manifest[],
    { today, settings = NO_SETTINGS }: JudgeOptions,
): Judgement[] {
    return rules.flatMap((rule): Judgement[] => {
        const own = settings.byRule[rule.id];
        const level = own?.level ?? settings.all ?? rule.severity;
        if (level === "disabled") return [];
        return findingsOf(rule, manifests, own?.options).map((finding) => {
            const exemption = exemptionFrom(rule.id, finding.resource, manifests, today);
            const only = exemption !== undefined || stopsNothing(finding);
            return {
                rule,
                level: only ? "advisory" : level,
                finding,
                ...(exemption && { exemption }),
            };
        });
    });
}

/** Whether a finding is for reading only: what it is about is not known yet, or may be meant. */
export function stopsNothing({ found, advisory }: Finding): boolean {
    return found === UNKNOWN || advisory === true;
}

/** What all mandatory rules with their default options find. */
export function findingsIn(manifests: readonly Manifest[]): Finding[] {
    return rules
        .filter(({ severity }) => severity === "mandatory")
        .flatMap((rule) => findingsOf(rule, manifests));
}

/** What one rule finds. */
export function findingsOf(rule: Rule, manifests: readonly Manifest[], given?: Options): Finding[] {
    const seen = manifests.filter((manifest) => concerns(rule, manifest));
    const options = optionsOf(rule, given);
    return rule.scope === "program"
        ? rule.check(seen, options)
        : seen.flatMap((manifest) => rule.check(manifest, options));
}

export type { Exemption } from "../config/topics/exemptions";
export { UNKNOWN } from "../config/unknown";
export { exemptionFrom } from "./exemptions/exemption";
export { findingText, judgementText } from "./findingText";
export { VIRTUAL_SERVICE } from "./lookup/routes";
export * from "./rule";
export { LEVELS, type Level, parseSettings, type Settings } from "./ruleSettings";
export { STEP_KIND } from "./weights/weightStep";

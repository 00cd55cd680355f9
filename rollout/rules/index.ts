/** Every rule, and how to run them over manifests. */
import { bothPrincipals } from "./bothPrincipals";

import { connectionPool } from "./connectionPool";
import { type Exemption, exemptionFrom } from "./exemption";
import { exemptionForm } from "./exemptionForm";
import { fullHost } from "./fullHost";
import { gatewayHosts } from "./gatewayHosts";
import { httpTimeout } from "./httpTimeout";
import { idleVersion } from "./idleVersion";
import { insideCallers } from "./insideCallers";
import { mirrorMethods } from "./mirrorMethods";
import { oneVirtualService } from "./oneVirtualService";
import { outlierDetection } from "./outlierDetection";
import { outlierEjection } from "./outlierEjection";
import { plaintextRedirect } from "./plaintextRedirect";
import { portProtocol } from "./portProtocol";
import { retryAttempts } from "./retryAttempts";
import { retryBudget } from "./retryBudget";
import { retrySafety } from "./retrySafety";
import { retryTimeout } from "./retryTimeout";
import { roleSwap } from "./roleSwap";
import { concerns, type Finding, type Manifest, type Options, optionsOf, type Rule } from "./rule";
import { serviceSelector } from "./serviceSelector";
import { NO_SETTINGS, type Settings } from "./settings";
import { sidecarInjection } from "./sidecarInjection";
import { slotInUse } from "./slotInUse";
import { stableOnlyPaths } from "./stableOnlyPaths";
import { subsetDeclared } from "./subsetDeclared";
import { subsetOverlap } from "./subsetOverlap";
import { subsetPods } from "./subsetPods";
import { subsetTls } from "./subsetTls";
import { targetPort } from "./targetPort";
import { tlsMode } from "./tlsMode";
import { UNKNOWN } from "./unknown";
import { visibleSubsets } from "./visibleSubsets";
import { wayBack } from "./wayBack";
import { weightCap } from "./weightCap";
import { weightCapacity } from "./weightCapacity";
import { weightRange } from "./weightRange";
import { weightReplicas } from "./weightReplicas";
import { weightStep } from "./weightStep";
import { weightSum } from "./weightSum";

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

export { type Exemption, exemptionFrom } from "./exemption";
export { findingText, judgementText } from "./findingText";
export { VIRTUAL_SERVICE } from "./routes";
export * from "./rule";
export { LEVELS, type Level, parseSettings, type Settings } from "./settings";
export { UNKNOWN } from "./unknown";
export { STEP_KIND } from "./weightStep";

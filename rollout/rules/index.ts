/** All rules, and functions that run them over manifests. */

import type { Exemption } from "../config/topics/exemptions";
import { exemptionFrom } from "./exemptions/exemption";
import { exemptionForm } from "./exemptions/exemptionForm";
import { findingsOf, stopsNothing } from "./findings";
import { gatewayConflict } from "./gateways/gatewayConflict";
import { gatewayCredential } from "./gateways/gatewayCredential";
import { gatewaySelector } from "./gateways/gatewaySelector";
import { gatewayWorkload } from "./gateways/gatewayWorkload";
import { sharedCertificate } from "./gateways/sharedCertificate";
import { autoImage } from "./identity/autoImage";
import { bothPrincipals } from "./identity/bothPrincipals";
import { injectionLabels } from "./identity/injectionLabels";
import { namespaceInjection } from "./identity/namespaceInjection";
import { plaintextRedirect } from "./identity/plaintextRedirect";
import { policySelector } from "./identity/policySelector";
import { policyVersions } from "./identity/policyVersions";
import { serverCertificate } from "./identity/serverCertificate";
import { sidecarInjection } from "./identity/sidecarInjection";
import { subsetTls } from "./identity/subsetTls";
import { tlsMode } from "./identity/tlsMode";
import { versionAccounts } from "./identity/versionAccounts";
import { declaredProtocol } from "./ports/declaredProtocol";
import { destinationPort } from "./ports/destinationPort";
import { podProtocol } from "./ports/podProtocol";
import { portProtocol } from "./ports/portProtocol";
import { probePort } from "./ports/probePort";
import { targetPort } from "./ports/targetPort";
import { uncoveredPort } from "./ports/uncoveredPort";
import { backendService } from "./references/backendService";
import { boundGateway } from "./references/boundGateway";
import { claimRoute } from "./references/claimRoute";
import { delegateRoute } from "./references/delegateRoute";
import { destinationHost } from "./references/destinationHost";
import { halfHost } from "./references/halfHost";
import { mirrorPods } from "./references/mirrorPods";
import { oneSidecar } from "./references/oneSidecar";
import { routeParent } from "./references/routeParent";
import { routeWaypoint } from "./references/routeWaypoint";
import { sidecarEgress } from "./references/sidecarEgress";
import { sourceNamespace } from "./references/sourceNamespace";
import { tcpAddress } from "./references/tcpAddress";
import { connectionPool } from "./resilience/connectionPool";
import { faultInjection } from "./resilience/faultInjection";
import { httpTimeout } from "./resilience/httpTimeout";
import { ignoredPolicy } from "./resilience/ignoredPolicy";
import { outlierDetection } from "./resilience/outlierDetection";
import { outlierEffect } from "./resilience/outlierEffect";
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
import { repeatedDestination } from "./routing/repeatedDestination";
import { splitBypass } from "./routing/splitBypass";
import { stableOnlyPaths } from "./routing/stableOnlyPaths";
import { subsetDeclared } from "./routing/subsetDeclared";
import { subsetOverlap } from "./routing/subsetOverlap";
import { unreachableRoute } from "./routing/unreachableRoute";
import { visibleSubsets } from "./routing/visibleSubsets";
import { type Finding, isInPreset, type Manifest, type Preset, type Rule } from "./rule";
import { type Level, NO_SETTINGS, type Settings } from "./ruleSettings";
import { istioValidation } from "./shape/istioValidation";
import { kubernetesValidation } from "./shape/kubernetesValidation";
import { objectKind } from "./shape/objectKind";
import { objectSchema } from "./shape/objectSchema";
import { shapeFirst } from "./shapeFirst";
import { backendWeights } from "./weights/backendWeights";
import { roleSwap } from "./weights/roleSwap";
import { slotInUse } from "./weights/slotInUse";
import { wayBack } from "./weights/wayBack";
import { weightCap } from "./weights/weightCap";
import { weightCapacity } from "./weights/weightCapacity";
import { weightRange } from "./weights/weightRange";
import { weightReplicas } from "./weights/weightReplicas";
import { weightStep } from "./weights/weightStep";
import { weightSum } from "./weights/weightSum";
import { applicationUid } from "./workload/applicationUid";
import { autoscalerReplicas } from "./workload/autoscalerReplicas";
import { autoscalerVersions } from "./workload/autoscalerVersions";
import { disruptionBudget } from "./workload/disruptionBudget";
import { headlessSplit } from "./workload/headlessSplit";
import { idleVersion } from "./workload/idleVersion";
import { selectorOverlap } from "./workload/selectorOverlap";
import { servicePods } from "./workload/servicePods";
import { serviceSelector } from "./workload/serviceSelector";
import { subsetPods } from "./workload/subsetPods";
import { templateLabels } from "./workload/templateLabels";
import { versionImage } from "./workload/versionImage";

/** In the order of docs/policy/policy.md: weights, limits, hosts and subsets, security. */
export const rules: readonly Rule[] = [
    objectKind,
    objectSchema,
    istioValidation,
    kubernetesValidation,
    weightRange,
    weightSum,
    backendWeights,
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
    faultInjection,
    bothPrincipals,
    versionAccounts,
    policySelector,
    policyVersions,
    outlierDetection,
    outlierEjection,
    outlierEffect,
    connectionPool,
    ignoredPolicy,
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
    probePort,
    podProtocol,
    applicationUid,
    servicePods,
    templateLabels,
    selectorOverlap,
    versionImage,
    autoscalerReplicas,
    autoscalerVersions,
    disruptionBudget,
    headlessSplit,
    stableOnlyPaths,
    mirrorMethods,
    oneVirtualService,
    unreachableRoute,
    repeatedDestination,
    splitBypass,
    uncoveredPort,
    destinationHost,
    halfHost,
    destinationPort,
    boundGateway,
    delegateRoute,
    backendService,
    routeParent,
    claimRoute,
    routeWaypoint,
    sidecarEgress,
    oneSidecar,
    tcpAddress,
    sourceNamespace,
    declaredProtocol,
    mirrorPods,
    gatewayConflict,
    gatewayWorkload,
    gatewaySelector,
    gatewayCredential,
    sharedCertificate,
    sidecarInjection,
    injectionLabels,
    namespaceInjection,
    autoImage,
    subsetTls,
    serverCertificate,
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
    /** Default: that of the settings, or `recommended`. */
    readonly preset?: Preset | undefined;
}

/** Runs all rules on a program's manifests. */
export function checkManifests(
    manifests: readonly Manifest[],
    { today, settings = NO_SETTINGS, preset = settings.preset ?? "recommended" }: JudgeOptions,
): Judgement[] {
    const judgements = rules.flatMap((rule): Judgement[] => {
        const ruleSettings = settings.byRule[rule.id];
        const level = levelOf(rule, settings, preset);
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
    return shapeFirst(judgements);
}

/** A level for the rule itself also runs a rule that the preset leaves out. */
function levelOf(rule: Rule, { all, byRule }: Settings, preset: Preset): Level {
    const own = byRule[rule.id]?.level;
    if (own !== undefined) return own;
    if (!isInPreset(rule, preset)) return "disabled";
    return all ?? (preset === "strict" ? "mandatory" : rule.severity);
}

/** Findings of all mandatory rules with their default options. */
export function findingsIn(manifests: readonly Manifest[]): Finding[] {
    return rules
        .filter(({ severity }) => severity === "mandatory")
        .flatMap((rule) => findingsOf(rule, manifests));
}

export type { Exemption } from "../config/topics/exemptions";
export { UNKNOWN } from "../config/unknown";
export { exemptionFrom } from "./exemptions/exemption";
export { findingsOf, stopsNothing } from "./findings";
export { findingText, judgementText } from "./findingText";
export { VIRTUAL_SERVICE } from "./lookup/routes";
export * from "./rule";
export { LEVELS, type Level, PACK, parseSettings, type Settings } from "./ruleSettings";
export { STEP_KIND } from "./weights/weightStep";

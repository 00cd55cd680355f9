/** What Istio's webhook checks beyond the schemas of its CRDs, by kind. */
import { at, textAt, textOf } from "../../config/unknown";
import { Field } from "../field";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf } from "../lookup/resourceName";
import type { Finding, Kind, Manifest } from "../rule";
import { checkDestinationRule } from "./destinationRule";
import { checkEnvoyFilter } from "./envoyFilter";
import { checkGateway } from "./istioGateway";
import { checkAuthorizationPolicy } from "./security/authorizationPolicy";
import { checkRequestAuthentication } from "./security/jwtRules";
import { checkSelector, checkTargets } from "./security/selectors";
import { checkServiceEntry } from "./serviceEntry";
import { checkSidecar } from "./sidecar";
import { checkTelemetry } from "./telemetry";
import { isDnsLabel } from "./values/validNames";
import { checkVirtualService } from "./virtualService";
import { checkWorkloadEntry, checkWorkloadGroup } from "./workloadGroup";

type Check = (spec: Field, namespace: string) => void;

const CHECKS: Readonly<Record<string, Check>> = {
    "networking.istio.io/DestinationRule": checkDestinationRule,
    "networking.istio.io/EnvoyFilter": checkEnvoyFilter,
    "networking.istio.io/Gateway": checkGateway,
    "networking.istio.io/ProxyConfig": (spec) => checkSelector(spec.get("selector"), "matchLabels"),
    "networking.istio.io/ServiceEntry": checkServiceEntry,
    "networking.istio.io/Sidecar": checkSidecar,
    "networking.istio.io/VirtualService": checkVirtualService,
    "networking.istio.io/WorkloadEntry": checkWorkloadEntry,
    "networking.istio.io/WorkloadGroup": checkWorkloadGroup,
    "security.istio.io/AuthorizationPolicy": checkAuthorizationPolicy,
    "security.istio.io/PeerAuthentication": (spec) =>
        checkSelector(spec.get("selector"), "matchLabels"),
    "security.istio.io/RequestAuthentication": checkRequestAuthentication,
    "telemetry.istio.io/Telemetry": checkTelemetry,
    "extensions.istio.io/WasmPlugin": checkTargets,
};

/** The kinds that the checks read. */
export const ISTIO_KINDS: readonly Kind[] = Object.keys(CHECKS).map((name) => {
    const [group = "", kind = ""] = name.split("/");
    return { group, kind };
});

/** The findings of an object. Those that Istio only warns of are advisory. */
export function checkIstioObject(manifest: Manifest): Finding[] {
    const findings: Finding[] = [];
    const name = `${manifest.apiVersion.split("/")[0]}/${manifest.kind}`;
    CHECKS[name]?.(Field.spec(manifest, findings), namespaceOf(manifest));
    return [...findings, ...metadataFindings(manifest)];
}

/** validateMetadata, and the name of a Gateway. */
function metadataFindings(manifest: Manifest): Finding[] {
    const findings: Finding[] = [];
    const path = 'metadata.annotations["istio.io/dry-run"]';
    const dryRun = at(manifest, "metadata", "annotations", "istio.io/dry-run");
    if (typeof dryRun === "string") {
        const action = at(manifest, "spec", "action") ?? "ALLOW";
        if (
            manifest.kind !== "AuthorizationPolicy" ||
            !["ALLOW", "DENY"].includes(textOf(action))
        ) {
            const expected = "no value, except in an AuthorizationPolicy with ALLOW or DENY";
            findings.push(findingAt(manifest, path, dryRun, expected, "Remove the annotation."));
        } else if (!/^(1|t|true|0|f|false)$/i.test(dryRun)) {
            const fix = "Set one of the two, in quotes.";
            findings.push(findingAt(manifest, path, dryRun, '"true" or "false"', fix));
        }
    }
    const own = textAt(manifest, "metadata", "name");
    if (manifest.kind === "Gateway" && own !== undefined && !isDnsLabel(own)) {
        const fix =
            "Use letters, digits and hyphens: VirtualServices name it as <namespace>/<name>.";
        findings.push(findingAt(manifest, "metadata.name", own, "a DNS label", fix));
    }
    return findings;
}

/** Rule: outlier detection detects something. */

import { at } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type PolicyPlace, placesIn } from "../lookup/policies/trafficPolicies";
import type { Finding, ResourceRule } from "../rule";

const FIX =
    "Set one of them, or remove `outlierDetection` if you do not want to eject pods: as it is, Envoy ejects none.";

export const outlierEffect: ResourceRule = {
    scope: "resource",
    id: "outlier-effect",
    group: "resilience",
    description: "Outlier detection should be able to eject a pod that fails.",
    severity: "advisory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check: (manifest) => placesIn(manifest).flatMap(judge),
};

function judge({ rule, path, value }: PolicyPlace): Finding[] {
    const detection = at(value, "outlierDetection");
    const field = (name: string) => at(detection, name);
    const place = `${path}.outlierDetection`;
    const least = field("minHealthPercent");
    if (typeof least === "number" && least >= 100) {
        const expected = "less than 100, because Envoy ignores ejections below this percentage";
        return [findingAt(rule, `${place}.minHealthPercent`, least, expected, FIX)];
    }
    // Envoy detects gateway errors only if they have a threshold, and 5xx errors unless the threshold is 0.
    const gateway = field("consecutiveGatewayErrors");
    const isOn = [gateway, field("splitExternalLocalOriginErrors")].some(
        (one) => one !== undefined && one !== null && one !== 0 && one !== false,
    );
    if (field("consecutive5xxErrors") !== 0 || isOn) return [];
    const expected = "above 0, or a number of consecutiveGatewayErrors";
    return [findingAt(rule, `${place}.consecutive5xxErrors`, 0, expected, FIX)];
}

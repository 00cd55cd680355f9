/** Matches of HTTP routes: validateHTTPRouteMatchRequest of pkg/config/validation/virtualservice.go. */

import type { Field } from "../../field";
import { checkGatewayNames, checkLabels, checkPort } from "../common";
import { isClaim, isMatchHeader } from "../values/headers";
import { checkRegexMatch, checkStringMatch } from "../values/regex";
import { isDnsLabel } from "../values/validNames";

export function checkMatches(route: Field): void {
    for (const match of route.get("match").items) {
        checkHeaders(match);
        // Envoy accepts an empty prefix of the path, but of nothing else.
        checkRegexMatch(match.get("uri"));
        for (const name of ["scheme", "method", "authority"]) checkStringMatch(match.get(name));
        for (const [, parameter] of match.get("queryParams").entries) checkStringMatch(parameter);
        if (match.get("port").isFilled) checkPort(match.get("port"));
        checkLabels(match.get("sourceLabels"));
        checkGatewayNames(match.get("gateways"));
        const namespace = match.get("sourceNamespace");
        if (namespace.isFilled) {
            namespace.rejectUnless(
                isDnsLabel,
                "the name of a namespace",
                "Correct the name of the object.",
            );
        }
    }
}

function checkHeaders(match: Field): void {
    for (const [name, header] of match.get("headers").writtenEntries) {
        checkHeaderName(name, header);
        if (header.value === null) {
            header.reject(
                "a match, such as {exact: value}",
                "Set it, or use {} for any value: otherwise the API server drops the condition.",
            );
        } else checkStringMatch(header);
    }
    for (const [name, header] of match.get("withoutHeaders").entries) {
        checkHeaderName(name, header);
        // "*" stands for any value here.
        if (header.get("regex").value !== "*") checkStringMatch(header);
    }
}

function checkHeaderName(name: string, header: Field): void {
    if (!isMatchHeader(name)) {
        header.reject("a valid header name as the key", "Correct the name of the header.");
    }
}

/** Claims of a JWT can route requests only at a gateway, which has authenticated them. */
export function checkClaims(route: Field): void {
    for (const match of route.get("match").items) {
        for (const list of ["headers", "withoutHeaders"]) {
            for (const [name, header] of match.get(list).entries) {
                if (!isClaim(name)) continue;
                header.reject(
                    "no JWT claim in a route of the mesh",
                    "Name only Gateways in spec.gateways: Istio supports claims at gateways alone.",
                );
            }
        }
    }
}

/** What an HTTP route does other than split requests: redirect, rewrite, answer, mirror. */

import { type Field, rejectSeveral } from "../../field";
import { checkDestination, checkPercent, checkPort } from "../common";
import { checkRegex } from "../values/regex";
import { checkHttpStatus } from "./faults";

/** Largest body of a direct response; above a tenth of it, Istio warns. */
const LARGEST_BODY = 1_048_576;
const LARGE_BODY = 102_400;

/** validateHTTPRedirect. */
export function checkRedirect(redirect: Field): void {
    if (!redirect.isSet || redirect.isUnknown) return;
    const goals = ["uri", "authority", "scheme"].map((name) => redirect.get(name));
    const ports = ["port", "derivePort"].map((name) => redirect.get(name));
    if (!goals.some(({ isFilled }) => isFilled) && !ports.some(({ isSet }) => isSet)) {
        redirect.reject(
            "at least one of uri, authority, scheme, port and derivePort",
            "Set where the redirect leads.",
        );
    }
    const code = redirect.get("redirectCode");
    if (code.number !== undefined && code.isFilled && (code.number < 300 || code.number > 399)) {
        code.reject("a status from 300 to 399", "Use a status of a redirect, such as 301.");
    }
    const scheme = redirect.get("scheme");
    scheme.rejectUnless(
        (text) => ["", "http", "https"].includes(text),
        '"http" or "https"',
        "Use one of them, in lower case.",
    );
    if (redirect.get("port").isFilled) checkPort(redirect.get("port"));
}

/** validateHTTPDirectResponse. */
export function checkDirectResponse(response: Field): void {
    if (!response.isSet || response.isUnknown) return;
    checkHttpStatus(response.get("status"));
    const body = response.get("body").get("string");
    const size = new TextEncoder().encode(body.text ?? "").length;
    if (size > LARGEST_BODY) body.reject("at most 1 MiB", "Serve this body from an application.");
    else if (size > LARGE_BODY) {
        body.warn("at most 100 KiB", "Shorten it: istiod sends it to every proxy.");
    }
}

/** validateHTTPRewrite. */
export function checkRewrite(rewrite: Field): void {
    if (!rewrite.isSet || rewrite.isUnknown) return;
    const [uri, regex, authority] = [
        rewrite.get("uri"),
        rewrite.get("uriRegexRewrite"),
        rewrite.get("authority"),
    ];
    if (uri.isFilled && regex.isSet) {
        regex.reject("no value beside uri", "Keep one of uri and uriRegexRewrite.");
    } else if (!uri.isFilled && !regex.isSet && !authority.isFilled) {
        rewrite.reject("uri, uriRegexRewrite or authority", "Set what the rewrite changes.");
    } else if (regex.isSet && !regex.isUnknown) {
        const [match, replacement] = [regex.get("match"), regex.get("rewrite")];
        for (const field of [match, replacement]) {
            if (!field.isFilled) field.reject("a non-empty string", "Set both match and rewrite.");
        }
        if (match.isFilled) checkRegex(match);
    }
}

/** `mirror` and `mirrors`, with their percentages. */
export function checkMirrors(route: Field): void {
    const [mirror, mirrors] = [route.get("mirror"), route.get("mirrors")];
    rejectSeveral([mirror, mirrors], "Keep one of mirror and mirrors.");
    checkDestination(mirror);
    checkPercent(route.get("mirrorPercentage").get("value"));
    for (const name of ["mirrorPercent", "mirror_percent"]) {
        const deprecated = route.get(name);
        checkPercent(deprecated);
        if (deprecated.isSet) {
            deprecated.warn("no value", "Use mirrorPercentage: this field is deprecated.");
        }
    }
    for (const one of mirrors.items) {
        checkDestination(one.get("destination"));
        checkPercent(one.get("percentage").get("value"));
    }
}

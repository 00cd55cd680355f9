/** CORS policies: validateCORSPolicy of pkg/config/validation/validation.go. */

import type { Field } from "../../field";
import { parseGoDuration } from "../../schema/goDuration";
import { isCorsHeader } from "../values/headers";
import { checkRegexMatch } from "../values/regex";

const METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "*",
];
const SECOND = 1e9;

export function checkCors(policy: Field): void {
    for (const origin of policy.get("allowOrigins").items) {
        const match = ["exact", "prefix", "regex"].map((name) => origin.get(name));
        if (!origin.isUnknown && !match.some(({ isFilled }) => isFilled)) {
            origin.reject(
                'a match, such as {exact: "https://example.com"}',
                "Set the origin, or remove this entry.",
            );
        } else checkRegexMatch(origin);
    }
    for (const method of policy.get("allowMethods").items) {
        method.rejectUnless(
            (text) => METHODS.includes(text),
            `one of ${METHODS.join(", ")}`,
            "Correct the method, in upper case.",
        );
    }
    for (const list of ["allowHeaders", "exposeHeaders"]) {
        for (const name of policy.get(list).items) {
            name.rejectUnless(isCorsHeader, "a header name", "Correct the name of the header.");
        }
    }
    const maxAge = policy.get("maxAge");
    if ((parseGoDuration(maxAge.text ?? "") ?? 0) % SECOND !== 0) {
        maxAge.reject("a duration in whole seconds", "Round it: browsers read whole seconds.");
    }
}

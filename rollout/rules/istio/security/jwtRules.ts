/** RequestAuthentications: ValidateRequestAuthentication of pkg/config/validation/validation.go. */
import type { Field } from "../../field";
import { checkTargets } from "./selectors";

const STRICT_HEADER = /^[-_A-Za-z0-9]+$/;

export function checkRequestAuthentication(spec: Field): void {
    checkTargets(spec);
    for (const rule of spec.get("jwtRules").items) if (!rule.isUnknown) checkJwtRule(rule);
}

/** validateJwtRule. */
function checkJwtRule(rule: Field): void {
    const [issuer, uri] = [rule.get("issuer"), rule.get("jwksUri")];
    if (!issuer.isFilled && !uri.isFilled) {
        issuer.reject("a non-empty string", "Set issuer or jwksUri.");
    }
    if (uri.isFilled) {
        uri.rejectUnless(
            (text) => /^https?:/i.test(text) && URL.canParse(text),
            "a URL with http or https",
            "Correct the URL of the keys.",
        );
    }
    const keys = rule.get("jwks");
    if (keys.isFilled) {
        keys.rejectUnless(isKeySet, "a JSON Web Key Set", "Correct the JSON.");
    }
    for (const list of ["audiences", "fromParams", "fromCookies"]) {
        for (const entry of rule.get(list).items) {
            if (entry.text === "") entry.reject("a non-empty string", "Remove this entry.");
        }
    }
    for (const header of rule.get("fromHeaders").items) {
        if (!header.isUnknown && !header.get("name").isFilled) {
            header.get("name").reject("a non-empty string", "Name the header with the token.");
        }
    }
    for (const output of rule.get("outputClaimToHeaders").items) {
        if (output.isUnknown) continue;
        output
            .get("header")
            .rejectUnless(
                (text) => STRICT_HEADER.test(text),
                "a header name",
                "Use letters, digits, hyphens and underscores.",
            );
        if (!output.get("claim").isFilled) {
            output.get("claim").reject("a non-empty string", "Name the claim of the token.");
        }
    }
}

function isKeySet(text: string): boolean {
    try {
        const keys: unknown = JSON.parse(text);
        return typeof keys === "object" && keys !== null && ("keys" in keys || "kty" in keys);
    } catch {
        return false;
    }
}

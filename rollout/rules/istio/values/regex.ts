/** Regular expressions in Istio's objects. */
import { isRe2 } from "../../../config/re2";
import type { Field } from "../../field";

const LONGEST = 1_024;

/** Rejects an empty, long or invalid regular expression: validateStringRegexp. */
export function checkRegex(field: Field): void {
    field.rejectUnless(
        (text) => new TextEncoder().encode(text).length <= LONGEST && isRe2(text),
        `a regular expression for RE2 of at most ${LONGEST} characters`,
        "Correct it: RE2 has no look-around and no back-references.",
    );
}

/** Rejects an empty prefix and an invalid regular expression: validateStringMatch. */
export function checkStringMatch(match: Field): void {
    const prefix = match.get("prefix");
    if (prefix.isSet && prefix.text === "") {
        prefix.reject("a non-empty string", "Remove the match, or set the prefix.");
    }
    checkRegexMatch(match);
}

/** Rejects only an invalid regular expression: validateStringMatchRegexp. */
export function checkRegexMatch(match: Field): void {
    const regex = match.get("regex");
    if (regex.isSet) checkRegex(regex);
}

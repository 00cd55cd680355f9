/** Whether a regular expression is one that Envoy's engine, RE2, takes. */

/** What RE2 has not: look-around and back-references. An escaped backslash before them is skipped. */
const UNKNOWN_TO_RE2 = /(?:^|[^\\])(?:\\\\)*(?:\(\?<?[=!]|\\[1-9]|\\k<)/;
/** What JavaScript has not: flags inside, and RE2's older way to name a group. */
const FLAGS = /\(\?[imsU-]+\)/g;
const FLAGGED_GROUP = /\(\?[imsU-]+:/g;
const NAMED_GROUP = /\(\?P</g;

/** Judges by JavaScript's engine, as far as both agree; the API server asks RE2's own parser in the end. */
export function isRe2(pattern: string): boolean {
    if (pattern === "" || UNKNOWN_TO_RE2.test(pattern)) return false;
    const same = pattern
        .replace(FLAGS, "")
        .replace(FLAGGED_GROUP, "(?:")
        .replace(NAMED_GROUP, "(?<");
    try {
        new RegExp(same);
        return true;
    } catch {
        return false;
    }
}

/** Checks regular expressions for RE2, the engine that Envoy uses. */

/** Syntax that RE2 does not support: look-around and back-references. Escaped backslashes are skipped. */
const UNKNOWN_TO_RE2 = /(?:^|[^\\])(?:\\\\)*(?:\(\?<?[=!]|\\[1-9]|\\k<)/;
/** Syntax that JavaScript does not support: inline flags, and RE2's older named groups. */
const FLAGS = /\(\?[imsU-]+\)/g;
const FLAGGED_GROUP = /\(\?[imsU-]+:/g;
const NAMED_GROUP = /\(\?P</g;

/** An approximation by JavaScript's engine. The API server makes the final check with RE2's parser. */
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

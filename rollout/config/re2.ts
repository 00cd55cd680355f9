/** Checks and runs regular expressions as RE2 does, the engine of Envoy, Istio and Kubernetes. */
import type * as re2 from "re2js";

/** Loaded on first use, because most programs have no regular expression. */
function engine(): typeof re2 {
    return require("re2js");
}

/** Whether RE2 accepts a pattern. Istio rejects an empty one. */
export function isRe2(pattern: string): boolean {
    return pattern !== "" && compiled(pattern) !== undefined;
}

/** Whether a pattern matches a part of the text. Undefined if RE2 rejects the pattern. */
export function matchesRe2(pattern: string, text: string): boolean | undefined {
    return compiled(pattern)?.matcher(text).find();
}

const cache = new Map<string, re2.RE2JS | undefined>();

function compiled(pattern: string): re2.RE2JS | undefined {
    if (!cache.has(pattern)) cache.set(pattern, compile(pattern));
    return cache.get(pattern);
}

function compile(pattern: string): re2.RE2JS | undefined {
    const { RE2JS, RE2JSSyntaxException } = engine();
    try {
        return RE2JS.compile(pattern);
    } catch (error) {
        if (error instanceof RE2JSSyntaxException) return undefined;
        throw error;
    }
}

/** PromQL label matchers, the items of `analysis.exclude`. */

const MATCHER = /^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*$/;

const OPPOSITE: Readonly<Record<string, string>> = {
    "=": "!=",
    "!=": "=",
    "=~": "!~",
    "!~": "=~",
};

/** Whether a string is a single matcher, such as `source_workload="tester"`. */
export function isMatcher(text: string): boolean {
    return MATCHER.test(text);
}

/**
 * The negated matcher: `source_workload!="tester"`.
 * @throws RangeError if the string is not a matcher; the config's schema has rejected those.
 */
export function opposite(matcher: string): string {
    const [, label, operator = "", value] = MATCHER.exec(matcher) ?? [];
    if (label === undefined) {
        throw new RangeError(
            `matcher: expected a label matcher, such as source_workload="tester", got ${matcher}.`,
        );
    }
    return `${label}${OPPOSITE[operator]}${value}`;
}

/** Label matchers of PromQL, as `analysis.exclude` has them. */

const MATCHER = /^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*$/;

const OPPOSITE: Readonly<Record<string, string>> = {
    "=": "!=",
    "!=": "=",
    "=~": "!~",
    "!~": "=~",
};

/** Whether a text is one matcher, such as `source_workload="tester"`. */
export function isMatcher(text: string): boolean {
    return MATCHER.test(text);
}

/**
 * The matcher of everything that this one leaves out: `source_workload!="tester"`.
 * @throws RangeError when the text is no matcher; the config's schema lets none of these through.
 */
export function opposite(matcher: string): string {
    const [, label, operator = "", value] = MATCHER.exec(matcher) ?? [];
    if (label === undefined) {
        throw new RangeError(`${matcher} is no label matcher, such as source_workload="tester".`);
    }
    return `${label}${OPPOSITE[operator]}${value}`;
}

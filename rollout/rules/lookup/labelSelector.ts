/** Label selectors of Kubernetes: `matchLabels` and `matchExpressions`. */

import { at, isMapping, items, textOf, UNKNOWN } from "../../config/unknown";

/** Whether labels match a selector. UNKNOWN if that depends on an unknown value. An empty selector matches all. */
export function matchesSelector(selector: unknown, labels: unknown): boolean | typeof UNKNOWN {
    if (selector === UNKNOWN || labels === UNKNOWN) return UNKNOWN;
    const has = isMapping(labels) ? labels : {};
    const matchLabels = at(selector, "matchLabels");
    if (matchLabels === UNKNOWN) return UNKNOWN;
    const equal = Object.entries(matchLabels ?? {}).map(([key, value]) =>
        [value, has[key]].includes(UNKNOWN) ? UNKNOWN : has[key] === value,
    );
    const expressions = items(at(selector, "matchExpressions")).map(([, one]) =>
        matchesExpression(one, has),
    );
    const all = [...equal, ...expressions];
    if (all.includes(false)) return false;
    return all.includes(UNKNOWN) ? UNKNOWN : true;
}

function matchesExpression(
    expression: unknown,
    labels: Record<string, unknown>,
): boolean | typeof UNKNOWN {
    const key = at(expression, "key");
    if (key === UNKNOWN) return UNKNOWN;
    const value = labels[textOf(key)];
    const values = items(at(expression, "values")).map(([, one]) => one);
    if (value === UNKNOWN || values.includes(UNKNOWN)) return UNKNOWN;
    switch (at(expression, "operator")) {
        case "In":
            return values.includes(value);
        case "NotIn":
            return !values.includes(value);
        case "Exists":
            return value !== undefined;
        case "DoesNotExist":
            return value === undefined;
        default:
            return UNKNOWN;
    }
}

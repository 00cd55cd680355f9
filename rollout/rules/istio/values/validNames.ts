/** Names as Istio accepts them: pkg/config/labels and pkg/config/validation/agent. */

const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(\*|(\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const LABEL_KEY =
    /^([a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*\/)?((?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/;
const LABEL_VALUE = /^((?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** A DNS label; Istio allows upper-case letters. */
export function isDnsLabel(text: string): boolean {
    return text.length <= 63 && LABEL.test(text);
}

function areLabels(domain: string): boolean {
    const parts = domain.split(".");
    if (/^[-+]?\d+$/.test(parts.at(-1) ?? "")) return false;
    // A full stop at the end is allowed: "istio.io."
    return parts.every(
        (part, index) => isDnsLabel(part) || (index === parts.length - 1 && part === ""),
    );
}

/** ValidateFQDN: a host without wildcard, short or full. */
export function isHost(text: string): boolean {
    return text !== "" && text.length <= 255 && areLabels(text);
}

/** ValidateWildcardDomain: a host that may start with "*". */
export function isWildcardHost(text: string): boolean {
    if (text === "" || text.length > 255) return false;
    const [first = "", ...rest] = text.split(".");
    if (first.length > 63 || !WILDCARD_LABEL.test(first)) return false;
    return rest.length === 0 || areLabels(rest.join("."));
}

/** An SNI host that Istio generates for its own gateways: "outbound_.80_._.web.shop". */
export function isGeneratedSni(text: string): boolean {
    const parts = text.split("_");
    return parts[0] === "outbound" && /\d/.test(parts[1] ?? "") && /[a-zA-Z]/.test(parts[3] ?? "");
}

/** "*.example.com" or "*", but not "*example.com". */
export function isWholeWildcard(text: string): boolean {
    return !text.includes("*") || text === "*" || text.startsWith("*.");
}

/** host.Name.Matches: whether both can match one host. */
export function hostsOverlap(a: string, b: string): boolean {
    const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
    if (a.startsWith("*") && b.startsWith("*")) return longer.slice(1).endsWith(shorter.slice(1));
    return isWithin(a, b) || isWithin(b, a);
}

/** host.Name.SubsetOf: whether every host that `a` matches is one that `b` matches. */
export function isWithin(a: string, b: string): boolean {
    if (!b.startsWith("*")) return a === b;
    if (!a.startsWith("*")) return a.endsWith(b.slice(1));
    return a.length >= b.length && a.slice(1).endsWith(b.slice(1));
}

export function isLabelKey(key: string): boolean {
    const [, , name = ""] = LABEL_KEY.exec(key) ?? [];
    return name !== "" && name.length <= 63;
}

export function isLabelValue(value: string): boolean {
    return LABEL_VALUE.test(value);
}

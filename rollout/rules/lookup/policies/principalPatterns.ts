/** Principals in AuthorizationPolicies: `<trust domain>/ns/<namespace>/sa/<account>`. */

/** Whether an Istio pattern matches a name: the name itself, or with `*` as its first or last character. */
export function matchesName(pattern: string, name: string): boolean {
    if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
    return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Whether a principal or pattern names a ServiceAccount, in the trust domain that it states. */
export function isPrincipal(pattern: string, namespace: string, account: string): boolean {
    const domain = /^[^/*]+(?=\/)/.exec(pattern)?.[0] ?? "cluster.local";
    return matchesName(pattern, `${domain}/ns/${namespace}/sa/${account}`);
}

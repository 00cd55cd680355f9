/** Names of Services that Istio does not complete: `web.shop` and `web.shop.svc`. */

/** Service and namespace of a half name. Undefined for other hosts; `example.com` is one as well. */
export function halfName(host: string): { name: string; namespace: string } | undefined {
    const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)(\.svc)?$/.exec(host) ?? [];
    return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** Config: host names and Gateways for callers from outside the mesh. */
import { z } from "zod";
import { anyText, doc, listOf, mapping, named, oneOf, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

/** Every sidecar, as `gateways` of a VirtualService names them. */
export const MESH = "mesh";

const HOST =
    'a full host name outside the cluster, such as "shop.example.com" (no "*", no short name, no name of the cluster)';

const host = pattern(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    HOST,
)
    .max(253, HOST)
    .refine((name) => !/(^|\.)(svc|cluster\.local)$/.test(name), HOST);

const GATEWAY = 'mesh, or the namespace and name of a Gateway, such as "istio-system/public"';

const gatewayName = pattern(
    /^(mesh|[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/,
    GATEWAY,
);

const tlsSchema = mapping({
    credentialName: doc(
        pattern(
            /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
            'the name of a TLS Secret in the namespace of the gateway\'s pods, such as "shop-example-com"',
        ),
        "TLS Secret in the namespace of the gateway's pods.",
    ),
    minVersion: doc(
        oneOf(["1.2", "1.3"]).default("1.2"),
        "Oldest TLS version that the gateway accepts.",
    ),
});

/** Labels of a gateway's pods; without one, every proxy of the mesh would be the gateway. */
export function gatewayLabels() {
    const expected = "labels of the gateway's pods, such as {istio: ingressgateway}";
    return z
        .record(z.string(), anyText(), { error: expected })
        .refine((labels) => Object.keys(labels).length > 0, expected);
}

const gatewaySchema = mapping({
    tls: doc(
        named("GatewayTlsArgs", tlsSchema).optional(),
        "TLS of the Gateway. Required to create one.",
    ),
    plaintext: doc(
        oneOf(["redirect", "closed"]).optional(),
        "`redirect` sends http:// to https://; `closed` does not listen on http://.",
        "`redirect`",
    ),
    selector: doc(
        gatewayLabels().optional(),
        "Labels of the gateway's pods.",
        "`{istio: ingressgateway}`",
    ),
}).superRefine((gateway, context) => {
    if (Object.keys(gateway).length === 0 || gateway.tls !== undefined) return;
    const message = "a mapping with credentialName, because a Gateway serves TLS";
    context.addIssue({ code: "custom", path: ["tls"], message });
});

type GatewayConfig = z.output<typeof gatewaySchema>;

export const gatewayKeys = {
    hosts: key(
        doc(
            listOf("host names", host).default([]),
            "Host names under which callers outside the mesh reach the app.",
        ),
        REQUESTS,
    ),
    gateways: key(
        doc(
            listOf(GATEWAY, gatewayName)
                .refine(
                    (names) => names.includes(MESH),
                    `a list with "${MESH}", because without it callers inside the mesh get both versions by number of pods`,
                )
                .default([MESH]),
            "Gateways that the route is bound to: `mesh` (required), and existing ones as `namespace/name`.",
        ),
        REQUESTS,
    ),
    gateway: key(
        doc(
            named("GatewayArgs", gatewaySchema).prefault({}),
            "A Gateway to create, named after the app. Default: none.",
        ),
        REQUESTS,
    ),
};

interface Bound {
    readonly app: string;
    readonly namespace: string;
    readonly gateways: readonly string[];
    readonly gateway: GatewayConfig;
}

/** Gateways of the config and the rollout's own, if it has one, as `gateways` of a VirtualService; `mesh` is one of them. */
export function boundGateways({ app, namespace, gateways, gateway }: Bound): string[] {
    const own = gateway.tls === undefined ? [] : [`${namespace}/${app}`];
    return [...new Set([...gateways, ...own])];
}

interface GatewayValues {
    readonly hosts: readonly string[];
    readonly gateways: readonly string[];
    readonly gateway: GatewayConfig;
    readonly callers: {
        readonly namespaces?: readonly string[] | undefined;
        readonly principals?: readonly string[] | undefined;
        readonly rollouts?: readonly string[] | undefined;
    };
}

/** Hosts that nothing serves, gateways that serve nothing, and gateways that may not call. */
export function gatewayRelations(config: Partial<GatewayValues>): Problem[] {
    const { hosts, gateways, gateway, callers = {} } = config;
    if (hosts === undefined || gateways === undefined || gateway === undefined) return [];
    const outside = gateways.filter((name) => name !== MESH);
    if (gateway.tls !== undefined) outside.push("gateway");
    if (hosts.length > 0 && outside.length === 0) {
        const fix =
            "Set gateway.tls.credentialName to create a Gateway, or name an existing one in gateways";
        return [wrongValue(["hosts"], "[], because no gateway serves these hosts", hosts, fix)];
    }
    if (hosts.length === 0 && outside.length > 0) {
        const expected = `at least one host for ${outside.join(", ")}, because a gateway routes by host`;
        return [wrongValue(["hosts"], expected, hosts)];
    }
    if (outside.length > 0 && callers.rollouts && !callers.namespaces && !callers.principals) {
        const expected = `the gateway's namespace or principal among the callers, because it calls for ${hosts.join(", ")}`;
        return [wrongValue(["callers"], expected, callers)];
    }
    return [];
}

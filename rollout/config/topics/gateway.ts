/** Config: host names and Gateways for callers outside the mesh. */
import { z } from "zod";
import { anyText, doc, listOf, mapping, named, oneOf, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

/** Reserved name for all sidecars in the `gateways` of a VirtualService. */
export const MESH = "mesh";

const HOST =
    'a fully qualified external host name, such as "shop.example.com" (no wildcard, short name or cluster-internal name)';

const host = pattern(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    HOST,
)
    .max(253, HOST)
    .refine((name) => !/(^|\.)(svc|cluster\.local)$/.test(name), HOST);

const GATEWAY =
    '"mesh" or the namespace and name of a Gateway, such as "istio-system/public" (with routing gateway-api also of a listener: "istio-system/public/https")';

const gatewayName = pattern(
    /^(mesh|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?){1,2})$/,
    GATEWAY,
);

const tlsSchema = mapping({
    credentialName: doc(
        pattern(
            /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
            'the name of a TLS Secret in the namespace of the gateway\'s pods, such as "shop-example-com"',
        ),
        "Secret with the TLS certificate of the hosts, in the namespace of the gateway's pods.",
    ),
    minVersion: doc(oneOf(["1.2", "1.3"]).default("1.2"), "Minimum TLS version."),
});

/** Labels of a gateway's pods. Not empty, because an empty selector would select every proxy of the mesh. */
export function gatewayLabels() {
    const expected = "labels of the gateway's pods, such as {istio: ingressgateway}";
    return z
        .record(z.string(), anyText(), { error: expected })
        .refine((labels) => Object.keys(labels).length > 0, expected);
}

const gatewaySchema = mapping({
    tls: doc(
        named("GatewayTlsArgs", tlsSchema).optional(),
        "TLS settings. Required to create the Gateway.",
    ),
    plaintext: doc(
        oneOf(["redirect", "closed"]).optional(),
        "`redirect` redirects http:// to https://. `closed` opens no HTTP port.",
        "`redirect`",
    ),
    selector: doc(
        gatewayLabels().optional(),
        "Labels of the gateway's pods.",
        "`{istio: ingressgateway}`",
    ),
}).superRefine((gateway, context) => {
    if (Object.keys(gateway).length === 0 || gateway.tls !== undefined) return;
    const message = "a mapping with credentialName, because the Gateway needs TLS";
    context.addIssue({ code: "custom", path: ["tls"], message });
});

type GatewayConfig = z.output<typeof gatewaySchema>;

export const gatewayKeys = {
    hosts: key(
        doc(
            listOf("host names", host).default([]),
            "External host names of the app. They need `gateway` or an entry in `gateways`.",
        ),
        REQUESTS,
    ),
    gateways: key(
        doc(
            listOf("gateway names", gatewayName)
                .refine(
                    (names) => names.includes(MESH),
                    `a list with "${MESH}", because otherwise callers inside the mesh are split by number of pods, not by weight`,
                )
                .default([MESH]),
            "Gateways that the route applies to: `mesh` (required) stands for all sidecars, `namespace/name` for an existing Gateway. With `routing: gateway-api`, it is a Gateway of the Gateway API, and `namespace/name/listener` names one of its listeners.",
        ),
        REQUESTS,
    ),
    gateway: key(
        doc(
            named("GatewayArgs", gatewaySchema).prefault({}),
            "Gateway to create for `hosts`, named after the app. Default: none.",
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

/** The `gateways` of the VirtualService: those of the config, `mesh` among them, and the Gateway that the rollout creates. */
export function boundGateways({ app, namespace, gateways, gateway }: Bound): string[] {
    const own = gateway.tls === undefined ? [] : [`${namespace}/${app}`];
    return [...new Set([...gateways, ...own])];
}

/** An entry of `gateways` that is not `mesh`. */
interface GatewayReference {
    readonly namespace: string;
    readonly name: string;
    /** Name of a listener; undefined for all listeners. */
    readonly listener: string | undefined;
}

/** The Gateways among the `gateways` of the config. */
export function namedGateways(gateways: readonly string[]): GatewayReference[] {
    return gateways
        .filter((one) => one !== MESH)
        .map((one) => {
            const [namespace = "", name = "", listener] = one.split("/");
            return { namespace, name, listener };
        });
}

interface GatewayValues {
    readonly routing: string;
    readonly hosts: readonly string[];
    readonly gateways: readonly string[];
    readonly gateway: GatewayConfig;
    readonly callers: {
        readonly namespaces?: readonly string[] | undefined;
        readonly principals?: readonly string[] | undefined;
        readonly rollouts?: readonly string[] | undefined;
    };
}

/** Reports hosts without a gateway, gateways without a host, and gateways that `callers` excludes. */
export function gatewayRelations(config: Partial<GatewayValues>): Problem[] {
    const { hosts, gateways, gateway, callers = {} } = config;
    if (hosts === undefined || gateways === undefined || gateway === undefined) return [];
    const outside = gateways.filter((name) => name !== MESH);
    if (gateway.tls !== undefined) outside.push("gateway");
    if (hosts.length > 0 && outside.length === 0) {
        const fix =
            config.routing === "gateway-api"
                ? "Add a Gateway to `gateways`"
                : "Set `gateway.tls.credentialName` to create a Gateway, or add an existing one to `gateways`";
        return [wrongValue(["hosts"], "[], because no gateway serves these hosts", hosts, fix)];
    }
    if (hosts.length === 0 && outside.length > 0) {
        const expected = `at least one host for ${outside.join(", ")}, because gateways route by host`;
        return [wrongValue(["hosts"], expected, hosts)];
    }
    if (outside.length > 0 && callers.rollouts && !callers.namespaces && !callers.principals) {
        const expected = `the gateway's namespace or principal among the callers, because the gateway forwards requests for ${hosts.join(", ")}`;
        return [wrongValue(["callers"], expected, callers)];
    }
    return [];
}

/** How the app is reached from outside of the mesh: its host names and the Gateways that serve them. */
import { z } from "zod";
import { mapping, oneOf } from "../fields";

/** Every sidecar, as `gateways` of a VirtualService names them. */
export const MESH = "mesh";

const HOST_MUST =
    'must be a full host name from outside of the cluster, such as shop.example.com: no "*", no short name, none of the cluster\'s own';

const host = z
    .string({ error: HOST_MUST })
    .max(253, HOST_MUST)
    .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, HOST_MUST)
    .refine((name) => !/(^|\.)(svc|cluster\.local)$/.test(name), HOST_MUST);

const GATEWAY_MUST =
    "must be mesh, or the namespace and name of a Gateway, such as istio-system/public";

const gatewayName = z
    .string({ error: GATEWAY_MUST })
    .regex(/^(mesh|[a-z0-9]([a-z0-9-]*[a-z0-9])?\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/, GATEWAY_MUST);

const CREDENTIAL_MUST =
    "must be the name of a TLS Secret in the namespace of the gateway's pods, such as shop-example-com";

/** `redirect` answers http:// with a redirect to https://; `closed` does not listen there. */
export const PLAINTEXT = ["redirect", "closed"] as const;

const gatewaySchema = mapping({
    tls: mapping({
        credentialName: z
            .string({ error: CREDENTIAL_MUST })
            .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, CREDENTIAL_MUST),
        minVersion: oneOf(["1.2", "1.3"]).default("1.2"),
    }).optional(),
    plaintext: oneOf(PLAINTEXT).optional(),
    // Unless given: istio: ingressgateway, as Istio's own is labelled.
    selector: z
        .record(z.string(), z.string({ error: "must be a text; quote it" }), {
            error: "must be labels of the gateway's pods, such as istio: ingressgateway",
        })
        .refine(
            (labels) => Object.keys(labels).length > 0,
            "must have a label: without one every proxy of the mesh would be the gateway",
        )
        .optional(),
}).superRefine((gateway, context) => {
    if (Object.keys(gateway).length === 0 || gateway.tls !== undefined) return;
    const message = "must be there with a credentialName: a gateway serves TLS";
    context.addIssue({ code: "custom", path: ["tls"], message });
});

/** The keys of the config that are about the way in. */
export const gatewayKeys = {
    hosts: z.array(host, { error: "must be a list of host names" }).default([]),
    gateways: z
        .array(gatewayName, { error: `must be a list; each ${GATEWAY_MUST}` })
        .refine(
            (names) => names.includes(MESH),
            `must name ${MESH} too: without it callers inside get both versions by pod count, whatever the weight`,
        )
        .default([MESH]),
    gateway: gatewaySchema.prefault({}),
};

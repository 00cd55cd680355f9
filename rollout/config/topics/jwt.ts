/** Whose tokens count, so that targets can ask for their claims. */
import { z } from "zod";
import { dnsLabel, mapping, text } from "../fields";
import type { Problem } from "../problems";
import type { RolloutConfig } from "../rolloutConfig";
import { MESH } from "./gateway";

const URI_MUST = "must be the URL of a JSON Web Key Set, https:// or http://";
const JWKS_MUST =
    'must be a JSON Web Key Set as text, {"keys": […]}, of public keys only: everyone who sees the mesh sees it';
const LABELS_MUST = "must be labels of the gateway's pods, such as istio: ingressgateway";

const jwks = z.string({ error: JWKS_MUST }).refine(publicKeys, JWKS_MUST);

export const jwtSchema = mapping({
    issuer: text("must be the issuer as tokens have it in iss").optional(),
    jwksUri: z.url({ protocol: /^https?$/, error: URI_MUST }).optional(),
    jwks: jwks.optional(),
    audiences: z
        .array(text(), { error: "must be a list of audiences" })
        .min(1, "must name an audience, or be left out for any")
        .optional(),
    namespace: dnsLabel().default("istio-system"),
    selector: z
        .record(z.string(), z.string({ error: "must be a text; quote it" }), { error: LABELS_MUST })
        .refine((labels) => Object.keys(labels).length > 0, LABELS_MUST)
        .default({ istio: "ingressgateway" }),
}).superRefine(({ issuer, jwksUri, jwks, audiences }, context) => {
    const refuse = (path: string[], message: string) =>
        context.addIssue({ code: "custom", path, message });
    const keys = [jwksUri, jwks].filter((one) => one !== undefined).length;
    if (issuer === undefined && (keys > 0 || audiences !== undefined)) {
        refuse(["issuer"], "must be there: keys and audiences are an issuer's");
    }
    if (issuer !== undefined && keys !== 1) {
        refuse([], "must have exactly one of jwksUri, jwks: where the issuer's keys are");
    }
});

/** Claims that nobody has checked, or that no proxy would know. */
export function claimRelations(config: Partial<RolloutConfig>): Problem[] {
    const { targets = [], jwt, gateways, gateway } = config;
    return targets.flatMap(({ claims }, index) => {
        if (claims === undefined) return [];
        const problem = (reason: string) => ({ path: ["targets", index, "claims"], reason });
        const found = `found ${Object.keys(claims).join(", ")}`;
        const problems: Problem[] = [];
        if (jwt !== undefined && jwt.issuer === undefined) {
            problems.push(
                problem(
                    `need jwt: claims count once their token is checked; set jwt.issuer; ${found}`,
                ),
            );
        }
        if (gateways === undefined || gateway === undefined) return problems;
        if (gateway.tls === undefined && gateways.every((name) => name === MESH)) {
            problems.push(
                problem(
                    `need a gateway: sidecars know no claims; set gateway or gateways; ${found}`,
                ),
            );
        }
        return problems;
    });
}

function publicKeys(text: string): boolean {
    try {
        const { keys } = JSON.parse(text);
        const known = Array.isArray(keys) && keys.length > 0;
        return (
            known &&
            keys.every((key) => typeof key?.kty === "string" && !("d" in key || "k" in key))
        );
    } catch {
        return false;
    }
}

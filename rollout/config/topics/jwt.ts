/** Config: JWT validation, which targets with claims need. */
import { z } from "zod";
import { dnsLabel, doc, listOf, mapping, named, text } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import { gatewayLabels, MESH } from "./gateway";

const JWKS =
    'a JSON Web Key Set as a string, {"keys": […]}, with public keys only, because the cluster stores it unencrypted';

const jwtSchema = mapping({
    issuer: doc(
        text("the value of the claim `iss`").optional(),
        "Trusted issuer of JWTs, as in their claim `iss`. Turns on JWT validation.",
    ),
    jwksUri: doc(
        z
            .url({ protocol: /^https?$/, error: "the http or https URL of a JSON Web Key Set" })
            .optional(),
        "URL of the issuer's public keys (JSON Web Key Set). Set either `jwksUri` or `jwks`.",
    ),
    jwks: doc(
        z.string({ error: JWKS }).refine(hasPublicKeys, JWKS).optional(),
        'The issuer\'s public keys (JSON Web Key Set) as a string: `{"keys": […]}`.',
    ),
    audiences: doc(
        listOf("audiences", text()).min(1, "a list with at least one item, or no key").optional(),
        "Accepted audiences: a JWT must have one of them in its claim `aud`.",
        "any audience",
    ),
    namespace: doc(dnsLabel().default("istio-system"), "Namespace of the gateway's pods."),
    selector: doc(
        gatewayLabels().default({ istio: "ingressgateway" }),
        "Labels of the gateway's pods.",
    ),
}).superRefine(({ issuer, jwksUri, jwks, audiences }, context) => {
    const addProblem = (path: string[], message: string) =>
        context.addIssue({ code: "custom", path, message });
    const keys = [jwksUri, jwks].filter((one) => one !== undefined).length;
    if (issuer === undefined && (keys > 0 || audiences !== undefined)) {
        addProblem(["issuer"], "an issuer, because its keys or audiences are set");
    }
    if (issuer !== undefined && keys !== 1) {
        addProblem([], "exactly one of jwksUri and jwks, because issuer is set");
    }
});

export const jwtKeys = {
    jwt: key(
        doc(
            named("JwtArgs", jwtSchema).prefault({}),
            "JWT validation at the gateway, for targets with `claims`. Default: none.",
        ),
        REQUESTS,
    ),
};

interface ClaimValues {
    readonly targets: readonly { readonly claims?: object | undefined }[];
    readonly jwt: z.output<typeof jwtSchema>;
    readonly gateways: readonly string[];
    readonly gateway: { readonly tls?: unknown };
}

/** Reports targets with claims if no JWT is validated, or if no gateway evaluates them. */
export function claimRelations(config: Partial<ClaimValues>): Problem[] {
    const { targets = [], jwt, gateways, gateway } = config;
    return targets.flatMap(({ claims }, index) => {
        if (claims === undefined) return [];
        const noClaims = (why: string, fix: string) =>
            wrongValue(["targets", index, "claims"], `no claims, because ${why}`, claims, fix);
        const problems: Problem[] = [];
        if (jwt !== undefined && jwt.issuer === undefined) {
            problems.push(noClaims("no JWT is validated", "Set `jwt.issuer` and its keys"));
        }
        if (gateways === undefined || gateway === undefined) return problems;
        if (gateway.tls === undefined && gateways.every((name) => name === MESH)) {
            problems.push(
                noClaims("only a gateway evaluates claims", "Set `gateway` or `gateways`"),
            );
        }
        return problems;
    });
}

function hasPublicKeys(value: string): boolean {
    try {
        const { keys } = JSON.parse(value);
        return (
            Array.isArray(keys) &&
            keys.length > 0 &&
            keys.every((one) => typeof one?.kty === "string" && !("d" in one || "k" in one))
        );
    } catch {
        return false;
    }
}

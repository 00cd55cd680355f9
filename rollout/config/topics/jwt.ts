/** Config: the issuer whose JWTs are trusted, so that targets can ask for their claims. */
import { z } from "zod";
import { dnsLabel, doc, listOf, mapping, named, text } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import { gatewayLabels, MESH } from "./gateway";

const JWKS =
    'a JSON Web Key Set as a string, {"keys": […]}, with public keys only, because it is readable in the cluster';

const jwtSchema = mapping({
    issuer: doc(
        text("the issuer, as JWTs have it in `iss`").optional(),
        "Issuer of the JWTs, as in their claim `iss`. Turns JWT validation on.",
    ),
    jwksUri: doc(
        z
            .url({ protocol: /^https?$/, error: "the http or https URL of a JSON Web Key Set" })
            .optional(),
        "URL of the issuer's public keys. Set either this or `jwks`.",
    ),
    jwks: doc(
        z.string({ error: JWKS }).refine(hasPublicKeys, JWKS).optional(),
        'The issuer\'s public keys, `{"keys": […]}` as a string.',
    ),
    audiences: doc(
        listOf("audiences", text()).min(1, "at least one audience, or no key").optional(),
        "A JWT must be for one of these audiences.",
        "any audience",
    ),
    namespace: doc(dnsLabel().default("istio-system"), "Namespace of the gateway's pods."),
    selector: doc(
        gatewayLabels().default({ istio: "ingressgateway" }),
        "Labels of the gateway's pods.",
    ),
}).superRefine(({ issuer, jwksUri, jwks, audiences }, context) => {
    const refuse = (path: string[], message: string) =>
        context.addIssue({ code: "custom", path, message });
    const keys = [jwksUri, jwks].filter((one) => one !== undefined).length;
    if (issuer === undefined && (keys > 0 || audiences !== undefined)) {
        refuse(["issuer"], "an issuer, because its keys or audiences are set");
    }
    if (issuer !== undefined && keys !== 1) {
        refuse([], "exactly one of jwksUri and jwks, because issuer is set");
    }
});

export const jwtKeys = {
    jwt: key(
        doc(
            named("JwtArgs", jwtSchema).prefault({}),
            "Issuer whose JWTs are trusted for targets with claims. Default: none.",
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

/** Claims that nothing validates, or that no proxy knows. */
export function claimRelations(config: Partial<ClaimValues>): Problem[] {
    const { targets = [], jwt, gateways, gateway } = config;
    return targets.flatMap(({ claims }, index) => {
        if (claims === undefined) return [];
        const refuse = (why: string, fix: string) =>
            wrongValue(["targets", index, "claims"], `no claims, because ${why}`, claims, fix);
        const problems: Problem[] = [];
        if (jwt !== undefined && jwt.issuer === undefined) {
            problems.push(refuse("no JWT is validated", "Set jwt.issuer and its keys"));
        }
        if (gateways === undefined || gateway === undefined) return problems;
        if (gateway.tls === undefined && gateways.every((name) => name === MESH)) {
            problems.push(
                refuse("only a gateway knows a request's claims", "Set gateway or gateways"),
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

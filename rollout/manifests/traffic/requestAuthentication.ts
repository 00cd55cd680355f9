/** The RequestAuthentication, which validates JWTs at the gateway's pods before routing. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";

/** Undefined if the config has no `jwt.issuer`. */
export function requestAuthentication({ jwt }: RolloutConfig, { app, namespace }: Plan) {
    const { issuer, jwksUri, jwks, audiences, selector } = jwt;
    if (issuer === undefined) return undefined;
    return {
        apiVersion: "security.istio.io/v1" as const,
        kind: "RequestAuthentication" as const,
        metadata: {
            // The object is in the gateway's namespace, where several apps may have the same name.
            name: `${namespace}-${app}`,
            namespace: jwt.namespace,
            labels: objectLabels(app),
        },
        spec: {
            selector: { matchLabels: selector },
            jwtRules: [
                {
                    issuer,
                    ...(jwksUri && { jwksUri }),
                    ...(jwks && { jwks }),
                    ...(audiences && { audiences }),
                    // Otherwise the gateway removes the token.
                    forwardOriginalToken: true,
                },
            ],
        },
    };
}

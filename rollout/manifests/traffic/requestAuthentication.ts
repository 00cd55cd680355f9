/** Where tokens are checked: at the gateway's pods, before the route is chosen. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";

/** Undefined unless the config names an issuer. */
export function requestAuthentication({ jwt }: RolloutConfig, { app, namespace }: Plan) {
    const { issuer, jwksUri, jwks, audiences, selector } = jwt;
    if (issuer === undefined) return undefined;
    return {
        apiVersion: "security.istio.io/v1" as const,
        kind: "RequestAuthentication" as const,
        metadata: {
            // Not the app's namespace: there may be others of that name.
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
                    // Else the application would not get the token.
                    forwardOriginalToken: true,
                },
            ],
        },
    };
}

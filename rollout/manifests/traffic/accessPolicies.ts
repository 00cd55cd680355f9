/** PeerAuthentication and AuthorizationPolicy of the app. Both apply to the app, never to one version. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { principalsOf } from "../../plan/principals";
import { objectLabels } from "../labels";

/** The policies that the config requires. Both select only by `app`, so that both versions are treated alike. */
export function identity(config: RolloutConfig, plan: Plan) {
    const { mtls, callers } = config;
    const allowsAll = Object.keys(callers).length === 0;
    return {
        peerAuthentication: mtls === "mesh" ? undefined : peerAuthentication(mtls, plan),
        authorizationPolicy: allowsAll ? undefined : authorizationPolicy(config, plan),
    };
}

function peerAuthentication(mtls: "strict" | "permissive", { app, namespace }: Plan) {
    return {
        apiVersion: "security.istio.io/v1" as const,
        kind: "PeerAuthentication" as const,
        metadata: { name: app, namespace, labels: objectLabels(app) },
        spec: {
            selector: { matchLabels: { app } },
            mtls: { mode: mtls === "strict" ? ("STRICT" as const) : ("PERMISSIVE" as const) },
        },
    };
}

function authorizationPolicy({ trustDomain, callers }: RolloutConfig, { app, namespace }: Plan) {
    const { namespaces, principals = [], rollouts = [] } = callers;
    const versions = rollouts.flatMap((rollout) => {
        const [callerNamespace = "", callerApp = ""] = rollout.split("/");
        const name = { namespace: callerNamespace, app: callerApp, trustDomain };
        return Object.values(principalsOf(name));
    });
    const all = [...principals, ...versions];
    return {
        apiVersion: "security.istio.io/v1" as const,
        kind: "AuthorizationPolicy" as const,
        metadata: { name: app, namespace, labels: objectLabels(app) },
        spec: {
            selector: { matchLabels: { app } },
            action: "ALLOW" as const,
            rules: [
                {
                    from: [
                        ...(namespaces ? [{ source: { namespaces } }] : []),
                        ...(all.length > 0 ? [{ source: { principals: all } }] : []),
                    ],
                },
            ],
        },
    };
}

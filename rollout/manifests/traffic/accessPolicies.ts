/** PeerAuthentication and AuthorizationPolicy of the app. Both apply to the app, never to one version. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { principalsOf } from "../../plan/principals";
import { objectLabels } from "../labels";

/** The policies that the config requires. Both select the pods of both versions, so that the versions are treated alike. */
export function identity(config: RolloutConfig, plan: Plan) {
    const { mtls, callers } = config;
    // Pods that somebody else manages need not have the label `app`.
    const selector = (plan.references.length > 0 && config.service.selector) || { app: plan.app };
    const allowsAll = Object.keys(callers).length === 0;
    return {
        peerAuthentication: mtls === "mesh" ? undefined : peerAuthentication(mtls, plan, selector),
        authorizationPolicy: allowsAll ? undefined : authorizationPolicy(config, plan, selector),
    };
}

type Labels = Readonly<Record<string, string>>;

function peerAuthentication(
    mtls: "strict" | "permissive",
    { app, namespace }: Plan,
    matchLabels: Labels,
) {
    return {
        apiVersion: "security.istio.io/v1" as const,
        kind: "PeerAuthentication" as const,
        metadata: { name: app, namespace, labels: objectLabels(app) },
        spec: {
            selector: { matchLabels },
            mtls: { mode: mtls === "strict" ? ("STRICT" as const) : ("PERMISSIVE" as const) },
        },
    };
}

function authorizationPolicy(
    { trustDomain, callers }: RolloutConfig,
    { app, namespace }: Plan,
    matchLabels: Labels,
) {
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
            selector: { matchLabels },
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

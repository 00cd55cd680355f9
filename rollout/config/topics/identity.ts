/** Config: mTLS, and the callers that may reach the app. */
import { dnsLabel, doc, listOf, mapping, named, oneOf, pattern } from "../fields";
import { ISTIO, key } from "../key";

const TRUST_DOMAIN = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";
const NAME = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";

const principal = pattern(
    new RegExp(`^${TRUST_DOMAIN}/ns/${NAME}/sa/${NAME}$`),
    'a principal without "spiffe://", such as "cluster.local/ns/shop/sa/basket"',
);

const rollout = pattern(
    /^[a-z]([a-z0-9-]*[a-z0-9])?\/[a-z]([a-z0-9-]*[a-z0-9])?$/,
    'the namespace and app of another rollout, such as "shop/basket"',
);

/** Rejects an empty list, which could mean nobody or everybody. */
function nonEmptyList(what: string, item: ReturnType<typeof pattern>) {
    return listOf(what, item).min(1, "a list with at least one item, or no key").optional();
}

const callersSchema = mapping({
    namespaces: doc(
        nonEmptyList("namespaces", dnsLabel()),
        "Every workload in these namespaces may call.",
    ),
    principals: doc(
        nonEmptyList("principals", principal),
        "Istio principals without `spiffe://`, such as `cluster.local/ns/shop/sa/basket`.",
    ),
    // Always both versions: an allow-list with only one would reject the other as soon as that gets requests.
    rollouts: doc(
        nonEmptyList("rollouts", rollout),
        "Other rollouts, as `namespace/app`. Both versions of each may call.",
    ),
});

export const identityKeys = {
    mtls: key(
        doc(
            oneOf(["mesh", "strict", "permissive"]).default("mesh"),
            "mTLS mode of the pods: `mesh` uses the mesh's policy, `strict` rejects plain text, `permissive` accepts mTLS and plain text.",
        ),
        ISTIO,
    ),
    callers: key(
        doc(
            named("CallersArgs", callersSchema).prefault({}),
            "Callers that may reach the app, the same for both versions. Default: all callers.",
        ),
        ISTIO,
    ),
    trustDomain: key(
        doc(
            pattern(
                new RegExp(`^${TRUST_DOMAIN}$`),
                'a trust domain without "spiffe://", such as "cluster.local"',
            ).default("cluster.local"),
            "Trust domain of the mesh: the first part of every principal.",
        ),
        ISTIO,
    ),
};

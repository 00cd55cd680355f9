/** Config: who may call the app, and how callers prove who they are. */
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

/** An empty list could mean nobody or everybody. */
function someOf(what: string, item: ReturnType<typeof pattern>) {
    return listOf(what, item).min(1, `at least one of the ${what}, or no key`).optional();
}

const callersSchema = mapping({
    namespaces: doc(
        someOf("namespaces", dnsLabel()),
        "Namespaces; every workload in them may call.",
    ),
    principals: doc(
        someOf("principals", principal),
        'Identities without "spiffe://", such as `cluster.local/ns/shop/sa/basket`.',
    ),
    // Both versions of each: an allow-list with one of them breaks as soon as the other gets requests.
    rollouts: doc(
        someOf("rollouts", rollout),
        "Other rollouts as `namespace/app`, each with both of its versions.",
    ),
});

export const identityKeys = {
    mtls: key(
        doc(
            oneOf(["mesh", "strict", "permissive"]).default("mesh"),
            "mTLS mode of the pods: `mesh` follows the mesh's policy, `strict` rejects plain text, `permissive` accepts both.",
        ),
        ISTIO,
    ),
    callers: key(
        doc(
            named("CallersArgs", callersSchema).prefault({}),
            "Callers that may reach the app, whichever version answers. By default, everybody.",
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

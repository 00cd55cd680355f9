/** Who may call the application, and how callers prove who they are. */
import { z } from "zod";
import { dnsLabel, mapping, oneOf } from "../fields";

/** `mesh` leaves it to the mesh; `strict` refuses plain text, `permissive` takes both, whatever the mesh says. */
export const MTLS_MODES = ["mesh", "strict", "permissive"] as const;

const TRUST_DOMAIN = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";
const NAME = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";
const PRINCIPAL_MUST =
    "must be a principal without spiffe://, such as cluster.local/ns/shop/sa/basket";
const ROLLOUT_MUST = "must be the namespace and app of another rollout, such as shop/basket";

const principal = z
    .string({ error: PRINCIPAL_MUST })
    .regex(new RegExp(`^${TRUST_DOMAIN}/ns/${NAME}/sa/${NAME}$`), PRINCIPAL_MUST);

const rollout = z
    .string({ error: ROLLOUT_MUST })
    .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?\/[a-z]([a-z0-9-]*[a-z0-9])?$/, ROLLOUT_MUST);

/** A list that is there names somebody: an empty one could mean nobody or everybody. */
function listOf(what: string, item: z.ZodString) {
    return z
        .array(item, { error: `must be a list of ${what}` })
        .min(1, `must name at least one of the ${what}, or be left out`)
        .optional();
}

const callersSchema = mapping({
    namespaces: listOf("namespaces", dnsLabel()),
    principals: listOf("principals", principal),
    // Both versions of each: naming one of them is the mistake that this key makes impossible.
    rollouts: listOf("rollouts", rollout),
});

/** The keys of the config that are about identity. */
export const identityKeys = {
    mtls: oneOf(MTLS_MODES).default("mesh"),
    callers: callersSchema.prefault({}),
    trustDomain: z
        .string({ error: "must be a trust domain, such as cluster.local" })
        .regex(
            new RegExp(`^${TRUST_DOMAIN}$`),
            "must be a trust domain, such as cluster.local, without spiffe://",
        )
        .default("cluster.local"),
};

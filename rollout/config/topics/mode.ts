/** What makes the split: Istio by the weights of a route, or plain Kubernetes by the pods of each slot. */
import { integer, oneOf } from "../fields";

export const MODES = ["istio", "replicas"] as const;
export type Mode = (typeof MODES)[number];

/** The keys of the config that are about the mode. */
export const modeKeys = {
    mode: oneOf(MODES).default("istio"),
    // Of both slots together. A default, because Pulumi takes a project's key without one for required.
    totalReplicas: integer(0, 1_000).default(0),
};

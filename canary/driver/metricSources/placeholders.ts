/** Placeholders in a user's queries. */
import type { Slot } from "../../../rollout/config/slots";
import { type ReferencedWorkloads, versionLabel } from "../../analysis/counts/referencedWorkloads";

export interface Place {
    readonly app: string;
    readonly namespace: string;
    readonly version: Slot;
    /** Versions whose pods somebody else manages. Default: none. */
    readonly workloads?: ReferencedWorkloads;
}

/** Replaces `{{version}}` by the pods' label `version`, `{{app}}` and `{{namespace}}`. */
export function fill(text: string, { app, namespace, version, workloads }: Place): string {
    return text
        .replaceAll("{{version}}", versionLabel(version, workloads))
        .replaceAll("{{app}}", app)
        .replaceAll("{{namespace}}", namespace);
}

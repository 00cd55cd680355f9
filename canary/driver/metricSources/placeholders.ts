/** Placeholders in a user's queries. */
import type { Slot } from "../../../rollout/config/slots";

export interface Place {
    readonly app: string;
    readonly namespace: string;
    readonly version: Slot;
}

/** Replaces `{{version}}`, `{{app}}` and `{{namespace}}`. */
export function fill(text: string, { app, namespace, version }: Place): string {
    return text
        .replaceAll("{{version}}", version)
        .replaceAll("{{app}}", app)
        .replaceAll("{{namespace}}", namespace);
}

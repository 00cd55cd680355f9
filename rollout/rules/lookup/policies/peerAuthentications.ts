/** The mutual TLS mode of pods (pilot/pkg/security/authn/policy_applier.go:ComposePeerAuthentication). */

import { at, isMapping, textOf, UNKNOWN } from "../../../config/unknown";
import type { Kind, Manifest } from "../../rule";
import { objectIndex } from "../mesh/objectIndex";
import { ROOT_NAMESPACE } from "./destinationRules";

export const PEER_AUTHENTICATION: Kind = {
    group: "security.istio.io",
    kind: "PeerAuthentication",
};

/** A mode and the object that sets it. */
export interface PeerMode {
    /** "STRICT", "PERMISSIVE" or "DISABLE". UNKNOWN if the value is not known. */
    readonly mode: unknown;
    readonly by: Manifest;
}

export interface Peers {
    /** Pod labels. Undefined for all pods of the namespace. */
    readonly labels?: unknown;
    readonly namespace: string;
    /** Port of the container. */
    readonly port?: unknown;
}

/** The mode at a port of pods. Undefined if no object sets it. */
export function peerModeOf(
    { labels, namespace, port }: Peers,
    manifests: readonly Manifest[],
): PeerMode | undefined {
    const { within } = objectIndex(manifests);
    const isGeneral = (one: Manifest) => selectorOf(one) === undefined;
    const here = within(PEER_AUTHENTICATION, namespace);
    const mesh = within(PEER_AUTHENTICATION, ROOT_NAMESPACE).filter(isGeneral);
    const wide = here.filter(isGeneral);
    const own = here.filter((one) => selects(selectorOf(one), labels));
    const levels = namespace === ROOT_NAMESPACE ? [mesh] : [mesh, wide, own];
    const modes = levels.map((level) => modeOf(level, (one) => at(one, "spec", "mtls", "mode")));
    const portMode = (one: Manifest) => {
        const list = at(one, "spec", "portLevelMtls");
        if (list === undefined || list === null || list === UNKNOWN) return list;
        return typeof port === "number" ? at(list, textOf(port), "mode") : UNDECIDED;
    };
    const ofPort = namespace === ROOT_NAMESPACE ? undefined : modeOf(own, portMode);
    return [ofPort, ...modes.reverse()].find((one) => one !== undefined);
}

/** The mode depends on something that no manifest tells. */
const UNDECIDED = "undecided";

function modeOf(
    level: readonly Manifest[],
    read: (one: Manifest) => unknown,
): PeerMode | undefined {
    const modes = level.map(read);
    const [mode] = modes;
    const [by] = level;
    if (by === undefined) return undefined;
    // Istio uses the oldest object.
    if (modes.some((other) => other !== mode)) return { mode: UNDECIDED, by };
    return mode === undefined || mode === null || mode === "UNSET" ? undefined : { mode, by };
}

/** Undefined for an object that applies to a whole namespace. */
function selectorOf(one: Manifest): unknown {
    const labels = at(one, "spec", "selector", "matchLabels");
    if (labels === UNKNOWN) return UNKNOWN;
    return isMapping(labels) && Object.keys(labels).length > 0 ? labels : undefined;
}

function selects(selector: unknown, labels: unknown): boolean {
    if (!isMapping(selector) || !isMapping(labels)) return false;
    return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

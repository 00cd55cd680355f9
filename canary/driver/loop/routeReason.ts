/** Why the route in the cluster does not let a rollout begin. */
import { show } from "../../../rollout/config/problems";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";
import { driftIn } from "../../analysis/record/drift";
import { routeKind } from "../kubernetes/mesh";
import type { Mesh, WrittenRoute } from "../ports";

/** As docs/supported-versions.md has them. */
const INSTALL = {
    VirtualService: "Install Istio 1.22 or later (https://istio.io/latest/docs/setup/install/)",
    HTTPRoute:
        "Install the Gateway API 1.2 or later, standard channel (https://gateway-api.sigs.k8s.io/guides/)",
};

/** @param written what the API server has; an error if it did not answer. */
export async function routeReason(
    mesh: Pick<Mesh, "hasRouteKind">,
    rollout: RolloutTarget,
    configured: number,
    written: WrittenRoute | undefined | Error,
): Promise<string | undefined> {
    const { kind, resource } = routeKind(rollout);
    const name = `${kind} ${rollout.namespace}/${rollout.app}`;
    if (written instanceof Error) return `${name}: could not be read: ${written.message}`;
    // If the API server does not tell, only the missing route is certain.
    if (written === undefined && !(await mesh.hasRouteKind().catch(() => true))) {
        const { group, version } = resource;
        return `${name}: expected the kind ${kind} of ${group}/${version} in the cluster, got none. ${INSTALL[kind]}, then run \`pulumi up\`.`;
    }
    const { canary, weightKey } = rollout;
    const drift = driftIn({ wanted: configured, canary, written, configured });
    if (drift === undefined) return faultReason(written);
    return `${name}: expected weight ${configured}, as in \`${weightKey ?? "the program"}\`, got ${drift.found}. Run \`pulumi up\`.`;
}

/**
 * Why faults in the route do not let a rollout go on: an aborted request reaches neither version, and a delay hides what
 * the canary adds to it.
 */
export function faultReason(written: WrittenRoute | undefined): string | undefined {
    const [fault] = written?.faults ?? [];
    if (fault === undefined) return undefined;
    const { resource, path, found, expected } = fault;
    return `${resource}: ${path}: expected ${expected} during a rollout, got ${show(found)}. Remove \`fault\` from the config, then run \`pulumi up\`.`;
}

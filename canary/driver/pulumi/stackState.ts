/** Finds a stack's rollout in its state, because any program may declare it, with values from anywhere. */
import { isType, TYPES } from "../../../rollout/config/names";
import { SLOTS } from "../../../rollout/config/slots";
import { at, items, textAt } from "../../../rollout/config/unknown";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";

/**
 * The only rollout of a stack.
 * @param deployment as in `pulumi stack export`.
 * @throws Error if there is none, or several.
 */
export function rolloutIn(deployment: unknown, stack: string): RolloutTarget {
    const rollouts = rolloutsIn(deployment);
    const [rollout, ...others] = rollouts;
    if (rollout === undefined) {
        throw new Error(
            `Stack ${stack} has no CanaryRollout of this release. Deploy it at weight 0 first: run \`pulumi up\`.`,
        );
    }
    if (others.length > 0) {
        const names = rollouts.map(({ namespace, app }) => `${namespace}/${app}`).join(", ");
        throw new Error(
            `Stack ${stack}: expected one rollout, got ${rollouts.length} (${names}). The driver needs one stack per rollout.`,
        );
    }
    return rollout;
}

function rolloutsIn(deployment: unknown): RolloutTarget[] {
    return items(at(deployment, "resources"))
        .filter(([, resource]) => isType(TYPES.rollout, at(resource, "type")))
        .flatMap(([, resource]) => targetIn(at(resource, "outputs")) ?? []);
}

/** @returns undefined if an earlier release of the component wrote the outputs; the next update adds the missing ones. */
function targetIn(outputs: unknown): RolloutTarget | undefined {
    const target = at(outputs, "target");
    if (target === undefined) return undefined;
    const slot = (role: "stable" | "canary") => SLOTS.find((one) => one === at(outputs, role));
    const images = SLOTS.flatMap((one) => {
        const image = textAt(target, "images", one);
        return image === undefined ? [] : [[one, image] as const];
    });
    return {
        app: textAt(target, "app") ?? "",
        namespace: textAt(target, "namespace") ?? "",
        port: Number(at(target, "port")),
        protocol: textAt(target, "protocol") ?? "",
        mode: textAt(target, "mode") ?? "",
        stable: slot("stable") ?? "v1",
        canary: slot("canary") ?? "v2",
        weight: Number(at(outputs, "weight")),
        ladder: items(at(target, "ladder")).map(([, weight]) => Number(weight)),
        images: Object.fromEntries(images),
        weightKey: textAt(target, "weightKey") ?? "",
    };
}

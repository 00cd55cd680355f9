/** Finds a stack's rollouts in its state, because any program may declare them, with values from anywhere. */
import { isType, TYPES } from "../../../rollout/config/names";
import { SLOTS } from "../../../rollout/config/slots";
import { at, isMapping, items, textAt } from "../../../rollout/config/unknown";
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";

/**
 * All rollouts of a stack, except those that an earlier release of the component wrote; the next update adds what they miss.
 * @param deployment as in `pulumi stack export`.
 */
export function rolloutsIn(deployment: unknown): RolloutTarget[] {
    const rollouts = items(at(deployment, "resources"))
        .filter(([, one]) => isType(TYPES.rollout, at(one, "type")) && at(one, "delete") !== true)
        .flatMap(([, one]) => targetIn(textAt(one, "urn") ?? "", at(one, "outputs")) ?? []);
    return rollouts.map((one) => ({ ...one, idPrefix: idPrefix(one, rollouts) }));
}

function targetIn(urn: string, outputs: unknown): Omit<RolloutTarget, "idPrefix"> | undefined {
    const target = at(outputs, "target");
    if (target === undefined) return undefined;
    const slot = (role: "stable" | "canary") => SLOTS.find((one) => one === at(outputs, role));
    const images = SLOTS.flatMap((one) => {
        const image = textAt(target, "images", one);
        return image === undefined ? [] : [[one, image] as const];
    });
    const autoscaling = SLOTS.flatMap((one) => {
        const scaling = textAt(target, "autoscaling", one);
        return scaling === "own" || scaling === "external" ? [[one, scaling] as const] : [];
    });
    const workloads = SLOTS.flatMap((one) => {
        const found = at(target, "workloads", one);
        const [kind, name] = [textAt(found, "kind"), textAt(found, "name")];
        if (kind === undefined || name === undefined) return [];
        const labels = at(found, "labels");
        const texts = Object.entries(isMapping(labels) ? labels : {}).map(([key, value]) => [
            key,
            String(value),
        ]);
        return [[one, { kind, name, labels: Object.fromEntries(texts) }] as const];
    });
    const otherPorts = items(at(target, "otherPorts")).map(([, port]) => Number(port));
    const routing = textAt(target, "routing");
    const weightKey = textAt(target, "weightKey");
    const host = textAt(outputs, "host");
    return {
        urn,
        name: urn.slice(urn.lastIndexOf("::") + 2),
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
        ...(otherPorts.length > 0 && { otherPorts }),
        ...(workloads.length > 0 && { workloads: Object.fromEntries(workloads) }),
        ...(autoscaling.length > 0 && { autoscaling: Object.fromEntries(autoscaling) }),
        ...(routing !== undefined && { routing }),
        ...(host !== undefined && { host }),
        ...(weightKey !== undefined && { weightKey }),
    };
}

/** The app; with its namespace if another rollout has the same app, because both keep their journals in one folder. */
function idPrefix(
    { app, namespace }: Pick<RolloutTarget, "app" | "namespace">,
    all: readonly Pick<RolloutTarget, "app">[],
): string {
    return all.filter((one) => one.app === app).length > 1 ? `${namespace}-${app}` : app;
}

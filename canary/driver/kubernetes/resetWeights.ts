/** The routes of a VirtualService with all weight on the stable, made from those that it has. */
import type { Slot } from "../../../rollout/config/topics/roles";
import { at, items } from "../../../rollout/config/unknown";

type Plain = Readonly<Record<string, unknown>>;

/**
 * The same spec with the canary's weights on the stable. Routes without weights, as those of targets, stay as they
 * are: an update to weight 0 leaves them too.
 * @param spec of a VirtualService, as the API server has it.
 */
export function backToStable<Spec extends Plain>(spec: Spec, stable: Slot): Spec {
    const protocols = ["http", "tcp"].filter((protocol) => Array.isArray(spec[protocol]));
    const changed = protocols.map((protocol) => [
        protocol,
        items(spec[protocol]).map(([, route]) => ({
            ...(route as Plain),
            route: weightsMoved(items(at(route, "route")), stable),
        })),
    ]);
    return { ...spec, ...Object.fromEntries(changed) };
}

/** Each weight moves to the stable's destination with the same headers, as a sticky user's cookie stays the same. */
function weightsMoved(destinations: [number, unknown][], stable: Slot): unknown[] {
    const own = destinations.filter(([, one]) => at(one, "destination", "subset") === stable);
    const weights = destinations.map(([, one]) => at(one, "weight"));
    for (const [index, destination] of destinations) {
        const weight = weights[index];
        const to = own.find(([, one]) => headersOf(one) === headersOf(destination)) ?? own[0];
        if (typeof weight !== "number" || to === undefined || own.some(([at]) => at === index)) {
            continue;
        }
        weights[to[0]] = Number(weights[to[0]] ?? 0) + weight;
        weights[index] = 0;
    }
    return destinations.map(([index, one]) =>
        weights[index] === undefined ? one : { ...(one as Plain), weight: weights[index] },
    );
}

function headersOf(destination: unknown): string {
    return JSON.stringify(at(destination, "headers")) ?? "";
}

/** Moves all weight in a VirtualService's routes to the stable. */
import type { Slot } from "../../../rollout/config/slots";
import { at, items } from "../../../rollout/config/unknown";

type Plain = Readonly<Record<string, unknown>>;

/**
 * The same spec with the canary's weights moved to the stable. Routes without weights, such as those of targets, stay unchanged, as
 * in an update to weight 0.
 * @param spec of a VirtualService from the API server.
 */
export function resetWeights<Spec extends Plain>(spec: Spec, stable: Slot): Spec {
    const protocols = ["http", "tcp"].filter((protocol) => Array.isArray(spec[protocol]));
    const changed = protocols.map((protocol) => [
        protocol,
        items(spec[protocol]).map(([, route]) => ({
            ...(route as Plain),
            route: moveWeights(items(at(route, "route")), stable),
        })),
    ]);
    return { ...spec, ...Object.fromEntries(changed) };
}

/** Moves each weight to the stable's destination with the same headers, so that a sticky user keeps the same cookie. */
function moveWeights(destinations: [number, unknown][], stable: Slot): unknown[] {
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

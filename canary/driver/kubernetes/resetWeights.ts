/** Moves all weight in the routes of a VirtualService or HTTPRoute to the stable. */
import type { Slot } from "../../../rollout/config/slots";
import { at, items } from "../../../rollout/config/unknown";
import { slotOfBackend } from "../../../rollout/plan/previousSplit";

type Plain = Readonly<Record<string, unknown>>;

/** Fields of the spec that hold routes: of a VirtualService, and of an HTTPRoute. */
export const ROUTE_LISTS = ["http", "tcp", "rules"] as const;

/**
 * The same spec with the canary's weights moved to the stable. Routes without weights, and rules with a single backend, such as
 * those of targets, stay unchanged, as in an update to weight 0.
 * @param found VirtualService or HTTPRoute from the API server.
 */
export function resetWeights(found: unknown, stable: Slot): Plain {
    const spec = (at(found, "spec") ?? {}) as Plain;
    const lists = ROUTE_LISTS.filter((list) => Array.isArray(spec[list]));
    const changed = lists.map((list) => {
        const field = list === "rules" ? "backendRefs" : "route";
        const isStable = (one: unknown) =>
            list === "rules"
                ? slotOfBackend(found, one) === stable
                : at(one, "destination", "subset") === stable;
        const routes = items(spec[list]).map(([, route]) => ({
            ...(route as Plain),
            [field]: moveWeights(items(at(route, field)), isStable),
        }));
        return [list, routes];
    });
    return { ...spec, ...Object.fromEntries(changed) };
}

/** Moves each weight to the stable's destination with the same headers, so that a sticky user keeps the same cookie. */
function moveWeights(
    destinations: [number, unknown][],
    isStable: (one: unknown) => boolean,
): unknown[] {
    const own = destinations.filter(([, one]) => isStable(one));
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

/** Leaves one finding for each wrong value: that of the rule about the shape of the object. */
import type { Finding, Rule } from "./rule";

interface Judged {
    readonly rule: Rule;
    readonly level: "advisory" | "mandatory";
    readonly finding: Finding;
}

/**
 * Drops findings on a value whose shape is wrong, or inside of one that is no object or list: other rules cannot read it, and
 * say less about it. An advisory finding on the shape drops nothing.
 */
export function shapeFirst<T extends Judged>(judgements: readonly T[]): T[] {
    const wrong = new Map<string, Judged>();
    for (const judged of judgements) {
        const key = keyOf(judged.finding.resource, judged.finding.path);
        const isShape = judged.rule.group === "shape" && judged.level === "mandatory";
        if (isShape && !wrong.has(key)) wrong.set(key, judged);
    }
    if (wrong.size === 0) return [...judgements];
    return judgements.filter(({ rule, finding }) => {
        const places = placesOf(finding.path);
        return !places.some((place) => {
            const first = wrong.get(keyOf(finding.resource, place));
            if (first === undefined || first.rule === rule) return false;
            return place === finding.path || !isContainer(first.finding.found);
        });
    });
}

function keyOf(resource: string, path: string): string {
    return `${resource}\n${path}`;
}

function isContainer(value: unknown): boolean {
    return typeof value === "object" && value !== null;
}

/** The path and those of the values around it: "spec.hosts[0]", "spec.hosts", "spec". */
function placesOf(path: string): string[] {
    const places: string[] = [];
    let place = path;
    while (place !== "" && !places.includes(place)) {
        places.push(place);
        place = place.replace(/(\.[\w-]+|\[[^\]]*\]|^[\w-]+)$/, "");
    }
    return places;
}

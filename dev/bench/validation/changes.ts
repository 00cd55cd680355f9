// Small changes of objects, such as people make: a value, a field too many, one too few, a misspelled one.
import type { Manifest } from "../../../rollout/rules";
import type { Draw } from "../decisions/random";

type Key = string | number;
type Container = Record<Key, unknown>;

interface Spot {
    readonly holder: Container;
    readonly key: Key;
    /** The way to it, without positions in lists: "spec.http.*.timeout". */
    readonly form: string;
}

/** Values for any field, beside those that the field has elsewhere. */
const VALUES: readonly unknown[] = [
    ...[0, 1, -1, 80, 100, 101, 65_536, 1.5, true, false, null, "", "*", "a", "A b", "-a", "a.b"],
    ...[
        "*.a.b",
        "a/b",
        "./*",
        "~/*",
        "1",
        "80",
        "101%",
        "0s",
        "1s",
        "1.5s",
        "10",
        "1h",
        "-1s",
        "/a",
    ],
    ...["10.0.0.1", "10.0.0.0/33", "::1", "a:b", "https://a.b/c", "(", "%REQ(a)%", "x-a", ":path"],
    ...[
        "a".repeat(64),
        "HTTP",
        "TLS",
        "ISTIO_MUTUAL",
        "NONE",
        [],
        {},
        [""],
        ["a", "a"],
        { a: "b" },
    ],
];

/** What stays: it decides where the object is sent. */
const FIXED = ["apiVersion", "kind", "metadata.namespace", "metadata"];

/** What fields of one form have in all originals of a kind. */
export type Donors = ReadonlyMap<string, readonly unknown[]>;

export function donorsOf(originals: readonly Manifest[]): Donors {
    const found = new Map<string, Map<string, unknown>>();
    for (const original of originals) {
        for (const { holder, key, form } of spotsOf(original)) {
            const values = found.get(form) ?? new Map<string, unknown>();
            values.set(JSON.stringify(holder[key]), holder[key]);
            found.set(form, values);
        }
    }
    return new Map([...found].map(([form, values]) => [form, [...values.values()]]));
}

/** A copy with one change, or with two. */
export function changed(original: Manifest, donors: Donors, draw: Draw): Manifest {
    const copy: Manifest = JSON.parse(JSON.stringify(original));
    const times = draw.uniform() < 0.8 ? 1 : 2;
    for (let k = 0; k < times; k++) change(copy, donors, draw);
    return copy;
}

function change(object: Manifest, donors: Donors, draw: Draw): void {
    const spot = pick(spotsOf(object), draw);
    if (spot === undefined) return;
    const { holder, key, form } = spot;
    const way = draw.uniform();
    if (way < 0.3) holder[key] = copyOf(pick(donors.get(form) ?? VALUES, draw));
    else if (way < 0.5) holder[key] = copyOf(pick(VALUES, draw));
    else if (way < 0.6) remove(holder, key);
    else if (way < 0.9) graft(spot, donors, draw);
    else if (Array.isArray(holder)) holder.push(copyOf(holder[Number(key)]));
    else if (way < 0.95) rename(holder, String(key), draw);
}

/** Gives the holder of a spot another field that such a holder has elsewhere. */
function graft({ holder, form }: Spot, donors: Donors, draw: Draw): void {
    if (Array.isArray(holder)) return;
    const parent = form.slice(0, form.lastIndexOf(".") + 1);
    const others = [...donors.keys()].filter(
        (one) => one.startsWith(parent) && !one.slice(parent.length).includes("."),
    );
    const other = pick(others, draw);
    if (other === undefined || FIXED.includes(other)) return;
    holder[other.slice(parent.length)] = copyOf(pick(donors.get(other) ?? [], draw));
}

function rename(holder: Container, key: string, draw: Draw): void {
    const place = Math.floor(draw.uniform() * key.length);
    const value = holder[key];
    delete holder[key];
    holder[key.slice(0, place) + key.slice(place + 1)] = value;
}

function remove(holder: Container, key: Key): void {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
}

function spotsOf(value: unknown, form = ""): Spot[] {
    if (typeof value !== "object" || value === null) return [];
    const holder = value as Container;
    return Object.keys(holder).flatMap((key) => {
        const own = form + (form && ".") + (Array.isArray(value) ? "*" : key);
        const inner = spotsOf(holder[key], own);
        return FIXED.includes(own) ? inner : [{ holder, key, form: own }, ...inner];
    });
}

export function pick<T>(from: readonly T[], draw: Draw): T | undefined {
    return from[Math.floor(draw.uniform() * from.length)];
}

function copyOf(value: unknown): unknown {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

// Programs that nobody would write must not crash a rule. FUZZ_RUNS=100000 for a long run, FUZZ_SEED to repeat one.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readManifests } from "../../../../canary/cli/check/input/manifestFile";
import { CHECKOUT } from "../../../../dev/checkout";
import { checkManifests, type Manifest, UNKNOWN } from "../../../../rollout/rules";
import { findingText } from "../../../../rollout/rules/findingText";
import { programOf, type RuleCases } from "../../../fixtures/rules/ruleCases";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const CASES = join(CHECKOUT, "tests", "fixtures", "cases");
const SETTINGS = { today: "2026-11-28", preset: "strict", settings: { byRule: {} } } as const;

/** Values that a schema would not expect. */
const ODD = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(null, UNKNOWN, true, 0, -1, 1e21, Number.NaN) },
    { weight: 3, arbitrary: fc.constantFrom("", "*", ".", "*.", "a/b", "5s", "web.shop", "v2\0") },
    {
        weight: 2,
        arbitrary: fc.constantFrom([], {}, [[]], [null], { "": null }, [{}], [UNKNOWN], {
            toString: 1,
        }),
    },
    fc.constant("(a+)+$".repeat(60)),
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.jsonValue(),
);

const CHANGE = fc.record({
    way: fc.array(fc.nat(), { minLength: 1, maxLength: 9 }),
    kind: fc.constantFrom("replace", "remove", "repeat", "rename", "take"),
    value: ODD,
    from: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
});

type Change = typeof CHANGE extends fc.Arbitrary<infer One> ? One : never;
type Container = Record<string | number, unknown>;

const isContainer = (value: unknown): value is Container =>
    typeof value === "object" && value !== null;

/** Follows the numbers into a program, each modulo the number of keys, and ends at a leaf at the latest. */
function placeOf(program: unknown, way: readonly number[]): [Container, string] | undefined {
    let place: [Container, string] | undefined;
    let value = program;
    for (const step of way) {
        if (!isContainer(value)) break;
        const keys = Object.keys(value);
        const key = keys[step % keys.length];
        if (key === undefined) break;
        place = [value, key];
        value = value[key];
    }
    return place;
}

function apply(program: Manifest[], { way, kind, value, from }: Change): void {
    const place = placeOf(program, way);
    if (place === undefined) return;
    const [holder, key] = place;
    if (kind === "remove" && Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (kind === "remove") delete holder[key];
    else if (kind === "replace") holder[key] = copyOf(value);
    else if (kind === "repeat" && Array.isArray(holder)) holder.push(copyOf(holder[Number(key)]));
    else if (kind === "rename") holder[`${key}x`] = holder[key];
    else {
        const taken = placeOf(program, from);
        if (taken) holder[key] = copyOf(taken[0][taken[1]]);
    }
}

/** Unlike structuredClone, keeps UNKNOWN, which is a symbol. */
function copyOf(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(copyOf);
    if (!isContainer(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}

/** A list of objects of any shape: what is no object is not read from a file either. */
const objectsIn = (program: readonly unknown[]) =>
    program.filter(
        (one): one is Manifest =>
            isContainer(one) && typeof one.kind === "string" && typeof one.apiVersion === "string",
    );

describe("rules", () => {
    const starts = readdirSync(CASES, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) => {
            const { valid = [], invalid, unknown } = require(join(CASES, file)).cases as RuleCases;
            return [...valid, ...invalid, ...unknown];
        });

    it(`judge ${RUNS} odd programs without an exception`, function () {
        this.timeout(0);
        const property = fc.property(
            fc.nat(starts.length - 1),
            fc.array(CHANGE, { minLength: 1, maxLength: 4 }),
            (start, changes) => {
                const one = starts[start];
                if (one === undefined) return;
                const program = programOf(one);
                for (const change of changes) apply(program, change);
                checkManifests(objectsIn(program), SETTINGS).map((it) => findingText(it.finding));
                if (start % 10 > 0) return;
                const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: program });
                try {
                    readManifests("fuzz.json", text);
                } catch (error) {
                    // The message of an input error starts with its file.
                    if (!String((error as Error).message).startsWith("fuzz.json")) throw error;
                }
            },
        );
        fc.assert(property, { numRuns: RUNS, seed: SEED });
    });
});

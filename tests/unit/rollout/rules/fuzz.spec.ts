// Programs that nobody would write must not crash a rule. FUZZ_RUNS=100000 for a long run, FUZZ_SEED to repeat one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { check } from "../../../../canary/cli/check/check";
import { FORMATS, type Format } from "../../../../canary/cli/check/checkFormat";
import { checkManifests, type Manifest, UNKNOWN } from "../../../../rollout/rules";
import { findingText } from "../../../../rollout/rules/findingText";
import { caseNames, casesNamed } from "../../../fixtures/rules/caseFiles";
import { programOf } from "../../../fixtures/rules/ruleCases";

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const SETTINGS = { today: "2026-11-28", preset: "strict", settings: { byRule: {} } } as const;

/** Any code point. The unit "binary" of fast-check takes a second to set up. */
const CHARACTER = fc
    .integer({ min: 0, max: 0x10ffff })
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code));

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
    fc.string({ unit: CHARACTER }),
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

/** What one file in ten has instead of some of its characters. */
const DAMAGE = fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    {
        weight: 1,
        arbitrary: fc.record({
            at: fc.nat(),
            length: fc.nat(9),
            text: fc.string({ maxLength: 9 }),
        }),
    },
);

type Damage = typeof DAMAGE extends fc.Arbitrary<infer One> ? One : never;

function damaged(text: string, damage: Damage): string {
    if (damage === undefined) return text;
    const start = damage.at % text.length;
    return text.slice(0, start) + damage.text + text.slice(start + damage.length);
}

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

/** Whether a file can hold the program as it is. */
function isPlain(value: unknown): boolean {
    if (typeof value === "number") return Number.isFinite(value);
    if (isContainer(value)) return Object.values(value).every(isPlain);
    return value !== UNKNOWN;
}

/**
 * The exit code of `istio-canary check` and its output. An input error has a message of its own; any other error is a crash,
 * although the command would exit with 2.
 */
async function runCheck(file: string, format: Format): Promise<{ code: number; output: string }> {
    try {
        const { output, refused } = await check([file], { format, preset: "strict", color: false });
        return { code: refused ? 1 : 0, output };
    } catch (error) {
        const { message } = error as Error;
        const isInputError = message.startsWith(file) || message.startsWith("No Kubernetes object");
        if ((error as Error).constructor !== Error || !isInputError) throw error;
        return { code: 2, output: message };
    }
}

describe("rules", () => {
    const starts = caseNames()
        .map(casesNamed)
        .flatMap(({ valid = [], invalid, unknown }) => [...valid, ...invalid, ...unknown]);
    const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
    const file = join(folder, "fuzz.json");
    after(() => rmSync(folder, { recursive: true }));

    it(`judge ${RUNS} odd programs without a crash, with a documented exit code`, async function () {
        this.timeout(0);
        const codes = [0, 0, 0];
        const property = fc.asyncProperty(
            fc.nat(starts.length - 1),
            fc.array(CHANGE, { minLength: 1, maxLength: 4 }),
            fc.constantFrom(...FORMATS),
            DAMAGE,
            async (start, changes, format, damage) => {
                const one = starts[start];
                if (one === undefined) return;
                const program = programOf(one);
                for (const change of changes) apply(program, change);
                if (!isPlain(program)) {
                    const found = checkManifests(objectsIn(program), SETTINGS);
                    for (const { finding } of found) findingText(finding);
                    return;
                }
                const list = { apiVersion: "v1", kind: "List", items: program };
                writeFileSync(file, damaged(JSON.stringify(list, undefined, 1), damage));
                const { code, output } = await runCheck(file, format);
                codes[code] = (codes[code] ?? 0) + 1;
                if (code < 2 && ["json", "sarif"].includes(format)) JSON.parse(output);
            },
        );
        await fc.assert(property, { numRuns: RUNS, seed: SEED });
        if (RUNS > 1_000) console.log(`exit codes 0, 1, 2: ${codes.join(", ")} programs`);
        assert.ok(
            codes.every((count) => count > 0),
            `expected each exit code, got ${codes.join(", ")}`,
        );
    });
});

/** Config: roles of the slots, weight and ladder. */
import { doc, integer, listOf, oneOf } from "../fields";
import { key } from "../key";
import { type Problem, wrongValue } from "../problems";
import { otherSlot, SLOTS, type Slot } from "../slots";

export const DEFAULT_LADDER = [10, 25, 50, 100];

const LADDER = "a list of integers from 1 to 100 in strictly ascending order, ending with 100";

const ladder = listOf("integers", integer(1, 100)).refine(
    (steps) => steps.at(-1) === 100 && steps.every((step, at) => step > (steps[at - 1] ?? 0)),
    LADDER,
);

export const roleKeys = {
    stable: key(doc(oneOf(SLOTS).default("v1"), "Slot of the stable version.")),
    canary: key(doc(oneOf(SLOTS).default("v2"), "Slot of the canary. Must differ from `stable`.")),
    weight: key(
        doc(
            integer(0, 100).default(0),
            "Percentage of requests that the canary gets. If a `CanaryRollout` omits it, the stack's config key `weight` applies, or `<name>:weight` if the program has several rollouts.",
        ),
    ),
    ladder: key(
        doc(
            ladder.default(DEFAULT_LADDER),
            "Weights of the phases, in ascending order, ending with 100. An update may raise the weight by at most one step.",
        ),
    ),
};

/** The next weight of the ladder above a share; 100 if there is none. */
export function nextStep(steps: readonly number[], share: number): number {
    return steps.find((step) => step > share) ?? 100;
}

interface RoleValues {
    readonly stable: Slot;
    readonly canary: Slot;
    readonly weight: number;
    readonly versions: Readonly<Partial<Record<Slot, unknown>>>;
}

/** Reports roles that share a slot, and slots that get requests but have no version. */
export function roleRelations(config: Partial<RoleValues>): Problem[] {
    const { stable, canary, weight, versions } = config;
    const problems: Problem[] = [];
    if (stable !== undefined && stable === canary) {
        const expected = `${otherSlot(stable)}, because stable is ${stable}`;
        problems.push(wrongValue(["canary"], expected, canary));
    }
    if (versions === undefined) return problems;
    if (stable !== undefined && versions[stable] === undefined) {
        const expected = `a version, because stable is ${stable}`;
        problems.push(wrongValue(["versions", stable], expected, undefined));
    }
    if (weight === undefined || weight === 0 || canary === undefined) return problems;
    if (canary !== stable && versions[canary] === undefined) {
        const expected = `a version, because weight is ${weight}`;
        const fix = `Set \`weight\` to 0, or set \`versions.${canary}.image\``;
        problems.push(wrongValue(["versions", canary], expected, undefined, fix));
    }
    return problems;
}

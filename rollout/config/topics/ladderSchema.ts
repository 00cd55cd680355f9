/** The ladder: the weights of a rollout's phases. */
import { z } from "zod";
import { integer } from "../fields";

const LADDER_MUST =
    "must be a list of integers from 1 to 100, each above the one before, the last 100";

export const ladderSchema = z
    .array(integer(1, 100), { error: LADDER_MUST })
    .refine(
        (steps) =>
            steps.at(-1) === 100 &&
            steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0)),
        LADDER_MUST,
    );

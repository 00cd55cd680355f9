/** Rules that the objects of a rollout may break, each for a reason and for a time. */
import { z } from "zod";
import { rules } from "../../rules";
import { parseExemption } from "../../rules/exemptions/exemption";
import { closest } from "../closest";

const IDS = rules.map(({ id }) => id);
const TEXT_MUST = 'must be a last day and a reason, such as "2026-12-31 long polling"';

export const exemptionsSchema = z.record(
    z.string().refine((id) => IDS.includes(id), {
        error: ({ input }) => {
            const guess = closest(String(input), IDS);
            const advice = guess === undefined ? "" : `, did you mean ${guess}?`;
            return `must be the id of a rule, see docs/policy/policy.md${advice}`;
        },
    }),
    z.string({ error: TEXT_MUST }).refine((text) => parseExemption(text) !== undefined, TEXT_MUST),
    { error: "must be a mapping from ids of rules to a last day and a reason" },
);

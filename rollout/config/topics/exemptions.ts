/** Config: exemptions from rules, each with a last day and a reason. */
import { z } from "zod";
import { doc } from "../fields";
import { key } from "../key";
import { closest } from "../problems";
import { RULE_IDS } from "../ruleIds";
import { textOf } from "../unknown";

const FORM = 'a last day and a reason, such as "2026-12-31 long polling"';

export interface Exemption {
    /** Last day of the exemption, in UTC: "2026-12-31". */
    readonly until: string;
    readonly reason: string;
}

/** Parses "<last day> <reason>"; undefined if the text does not match. */
export function parseExemption(text: unknown): Exemption | undefined {
    const [, until = "", reason = ""] = /^(\d{4}-\d{2}-\d{2})\s+(\S.*)$/s.exec(textOf(text)) ?? [];
    if (reason === "" || Number.isNaN(Date.parse(until))) return undefined;
    return { until, reason: reason.trim() };
}

const ruleId = z.string().refine((id) => RULE_IDS.some((known) => known === id), {
    error: ({ input }) => {
        const guess = closest(textOf(input), RULE_IDS);
        const advice =
            guess === undefined ? "see docs/policy/policy.md" : `did you mean \`${guess}\`?`;
        return `the id of a rule (${advice})`;
    },
});

export const exemptionKeys = {
    exemptions: key(
        doc(
            z
                .record(
                    ruleId,
                    z
                        .string({ error: FORM })
                        .refine((text) => parseExemption(text) !== undefined, FORM),
                    { error: "a mapping from rule ids to a last day and a reason" },
                )
                .default({}),
            'Rules that this rollout may break, each with a last day and a reason: `{http-timeout: "2026-12-31 long polling"}`.',
        ),
    ),
};

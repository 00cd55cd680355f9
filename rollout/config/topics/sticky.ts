/** How users stay on their version while the weight grows. */
import { z } from "zod";
import { duration, mapping } from "../fields";
import { type Problem, wrong } from "../problems";
import type { RolloutConfig } from "../rolloutConfig";

const COOKIE_MUST =
    'must be the name of a cookie: at most 100 letters, digits and any of !#$%&\'*+.^_`|~-, such as "web-version"';

export const stickySchema = mapping({
    /** Users are sticky when it has a name. */
    cookie: z
        .string({ error: COOKIE_MUST })
        .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, COOKIE_MUST)
        .optional(),
    maxAge: duration("1s", "8760h", true).optional(),
}).refine(({ cookie, maxAge }) => cookie !== undefined || maxAge === undefined, {
    error: "must have cookie where it has maxAge",
});

export type StickyConfig = z.output<typeof stickySchema>;

/** What is wrong between sticky users and other keys. */
export function stickyRelations(config: Partial<RolloutConfig>): Problem[] {
    const { sticky, weight, ladder, protocol } = config;
    if (sticky?.cookie === undefined) return [];
    const problems: Problem[] = [];
    if (protocol === "grpc") {
        const reason = wrong(
            "must be absent with protocol grpc: its clients keep no cookies",
            sticky.cookie,
        );
        problems.push({ path: ["sticky", "cookie"], reason });
    }
    if (weight === undefined || ladder === undefined) return problems;
    if (weight !== 0 && !ladder.includes(weight)) {
        const must = `must be 0 or a weight of the ladder (${ladder.join(", ")}) while users are sticky: each is given one of these to change over at`;
        problems.push({ path: ["weight"], reason: wrong(must, weight) });
    }
    return problems;
}

/** Config: sticky users, who stay on the canary once they have moved to it. */
import type { z } from "zod";
import { doc, duration, mapping, named, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

const cookieName = pattern(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/,
    'a cookie name of at most 100 letters, digits and !#$%&\'*+.^_`|~-, such as "web-version"',
);

const stickySchema = mapping({
    cookie: doc(
        cookieName.optional(),
        "Name of the cookie that stores the weight at which the user moves to the canary. Setting it makes users sticky.",
    ),
    maxAge: doc(
        duration("1s", "8760h", true).optional(),
        "How long a browser keeps the cookie.",
        "`24h`",
    ),
}).refine(
    ({ cookie, maxAge }) => cookie !== undefined || maxAge === undefined,
    "a mapping with cookie, because maxAge is set",
);

export type StickyConfig = z.output<typeof stickySchema>;

export const stickyKeys = {
    sticky: key(
        doc(
            named("StickyArgs", stickySchema).prefault({}),
            "Split users instead of requests: a user who has moved to the canary stays there while the weight rises. `weight` must then be 0 or a weight of the ladder.",
        ),
        REQUESTS,
    ),
};

interface StickyValues {
    readonly sticky: StickyConfig;
    readonly weight: number;
    readonly ladder: readonly number[];
    readonly protocol: string;
}

export function stickyRelations(config: Partial<StickyValues>): Problem[] {
    const { sticky, weight, ladder, protocol } = config;
    if (sticky?.cookie === undefined) return [];
    const problems: Problem[] = [];
    if (protocol === "grpc") {
        const expected = "no value, because gRPC clients keep no cookies";
        problems.push(wrongValue(["sticky", "cookie"], expected, sticky.cookie));
    }
    if (weight === undefined || ladder === undefined) return problems;
    if (weight !== 0 && !ladder.includes(weight)) {
        const expected = `0 or a weight of the ladder (${ladder.join(", ")}), because sticky users move only at these weights`;
        problems.push(wrongValue(["weight"], expected, weight));
    }
    return problems;
}

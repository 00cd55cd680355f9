/** Config: users stay on their version while the weight grows. */
import type { z } from "zod";
import { doc, duration, mapping, named, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";

const cookieName = pattern(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/,
    'the name of a cookie (at most 100 letters, digits and !#$%&\'*+.^_`|~-), such as "web-version"',
);

const stickySchema = mapping({
    cookie: doc(
        cookieName.optional(),
        "Name of the cookie that holds the weight at which a user moves to the canary. Users are sticky if it is set.",
    ),
    maxAge: doc(
        duration("1s", "8760h", true).optional(),
        "How long a browser keeps the cookie.",
        "`24h`",
    ),
}).refine(
    ({ cookie, maxAge }) => cookie !== undefined || maxAge === undefined,
    "cookie together with maxAge",
);

export type StickyConfig = z.output<typeof stickySchema>;

export const stickyKeys = {
    sticky: key(
        doc(
            named("StickyArgs", stickySchema).prefault({}),
            "Keep each user on one version while the weight grows. `weight` is then 0 or a weight of the ladder.",
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
        const expected = "nothing with protocol grpc, because its clients keep no cookies";
        problems.push(wrongValue(["sticky", "cookie"], expected, sticky.cookie));
    }
    if (weight === undefined || ladder === undefined) return problems;
    if (weight !== 0 && !ladder.includes(weight)) {
        const expected = `0 or a weight of the ladder (${ladder.join(", ")}) while users are sticky, because each user moves at one of these`;
        problems.push(wrongValue(["weight"], expected, weight));
    }
    return problems;
}

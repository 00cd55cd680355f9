/** Config: requests that go to the canary at any weight, and paths that never do. */
import { z } from "zod";
import { doc, listOf, mapping, named, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import { isRe2 } from "../re2";
import type { Slot } from "./roles";

const VALUE = "a non-empty string of at most 1024 characters (quote numbers and booleans)";
const REGEX =
    "an RE2 regular expression of at most 1024 characters, without look-around and back-references";

const value = () =>
    z.string({ error: VALUE }).refine((text) => text.length >= 1 && text.length <= 1_024, VALUE);

/** A mapping in which exactly one key is set. */
function oneWay<Shape extends z.ZodRawShape>(shape: Shape) {
    return mapping(shape).refine(
        (found) => Object.values(found).filter((one) => one !== undefined).length === 1,
        `exactly one of ${Object.keys(shape).join(", ")}`,
    );
}

const textMatch = named(
    "TextMatchArgs",
    oneWay({
        exact: doc(value().optional(), "The whole value."),
        prefix: doc(value().optional(), "The beginning of the value."),
        regex: doc(
            z
                .string({ error: REGEX })
                .refine((text) => text.length <= 1_024 && isRe2(text), REGEX)
                .optional(),
            "RE2; must match the whole value.",
        ),
    }),
);

// No regex: it could reach over into the next cookie.
const COOKIE_VALUE =
    'the value of a cookie: printable characters, without space, ", comma, ; and \\';
const cookieValue = () =>
    pattern(/^[!#-+\--:<-[\]-~]+$/, COOKIE_VALUE).refine(
        (text) => text.length <= 200,
        COOKIE_VALUE,
    );
const cookieMatch = named(
    "CookieMatchArgs",
    oneWay({
        exact: doc(cookieValue().optional(), "The whole value."),
        prefix: doc(cookieValue().optional(), "The beginning of the value."),
    }),
);

function byName<Value extends z.ZodType>(name: RegExp, expected: string, condition: Value) {
    return z.record(z.string().regex(name, expected), condition, {
        error: "a mapping from names to conditions",
    });
}

/** A token as HTTP has it; `cookie` has a key of its own, and what starts with ":" or "@" is Istio's. */
const HEADER = /^(?!cookie$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/i;
const COOKIE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Istio's own form; what is not in brackets is one name, dots included. */
const CLAIM = /^([^[\]\s]{1,200}|(\[[^[\]\s]{1,100}\]){1,5})$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const targetSchema = mapping({
    headers: doc(
        byName(HEADER, "the name of a header (for cookies, use cookies)", textMatch).optional(),
        'By name, in any case: `{X-User-ID: {exact: "42"}}`.',
    ),
    cookies: doc(
        byName(COOKIE, "the name of a cookie", cookieMatch)
            .refine((cookies) => Object.keys(cookies).length <= 3, "at most 3 cookies")
            .optional(),
        "By name; at most 3.",
    ),
    queryParams: doc(
        byName(/^[^=&#\s]{1,200}$/, "the name of a query parameter", textMatch).optional(),
        "By name, as they stand in the URL.",
    ),
    claims: doc(
        byName(
            CLAIM,
            "the name of a claim, or a path such as [realm][group]",
            textMatch,
        ).optional(),
        "Claims of the request's JWT, by name. Needs `jwt`; evaluated at a gateway only.",
    ),
    sourceLabels: doc(
        z
            .record(
                z.string().regex(LABEL_KEY, "the key of a label"),
                pattern(LABEL_VALUE, "a label value: at most 63 letters, digits, -, _ and ."),
                { error: "a mapping from label keys to values" },
            )
            .optional(),
        "Labels of the pod that sends the request.",
    ),
}).refine(
    (target) =>
        Object.values(target).some((conditions) => Object.keys(conditions ?? {}).length > 0),
    "at least one condition in headers, cookies, queryParams, claims or sourceLabels",
);

export type TargetConfig = z.output<typeof targetSchema>;

const path = pattern(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    'a path such as "/admin" (no query, no pattern, no "/" at the end)',
).refine((text) => text.length <= 200, "a path of at most 200 characters");

export const targetKeys = {
    targets: key(
        doc(
            listOf("targets, each a mapping of conditions", named("TargetArgs", targetSchema))
                .refine((targets) => targets.length <= 20, "at most 20 targets")
                .default([]),
            "Requests that go to the canary at any weight, including 0: those that match any target. All conditions of a target must hold.",
        ),
        REQUESTS,
    ),
    stableOnlyPaths: key(
        doc(
            listOf('paths such as "/admin" ([] for none)', path)
                .refine((paths) => paths.length <= 50, "at most 50 paths")
                .default(["/admin", "/internal"]),
            "Paths that never go to the canary, with everything below them.",
        ),
        REQUESTS,
    ),
};

interface TargetValues {
    readonly targets: readonly unknown[];
    readonly canary: Slot;
    readonly weight: number;
    readonly versions: Readonly<Partial<Record<Slot, unknown>>>;
}

export function targetRelations(config: Partial<TargetValues>): Problem[] {
    const { canary, weight, versions, targets } = config;
    if (canary === undefined || versions === undefined || targets === undefined) return [];
    // At a weight above 0, roleRelations reports the missing version.
    if (versions[canary] !== undefined || targets.length === 0 || weight !== 0) return [];
    const expected = `[], because versions.${canary} is missing`;
    return [wrongValue(["targets"], expected, targets, `Set versions.${canary}.image`)];
}

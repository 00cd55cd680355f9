/** Which requests go to the canary whatever its weight: conditions on the request or on who sends it. */
import { z } from "zod";
import { mapping } from "../fields";
import type { Problem } from "../problems";
import { isRe2 } from "../re2";
import type { RolloutConfig } from "../rolloutConfig";

const VALUE_MUST = "must be a text that is not empty; quote numbers and booleans";
const REGEX_MUST =
    "must be an RE2 regular expression of at most 1024 characters, without look-around and back-references";

const value = () =>
    z
        .string({ error: VALUE_MUST })
        .refine((text) => text.length >= 1 && text.length <= 1_024, VALUE_MUST);

function oneWay<Shape extends z.ZodRawShape>(shape: Shape) {
    return mapping(shape).refine(
        (found) => Object.values(found).filter((one) => one !== undefined).length === 1,
        `must have exactly one of ${Object.keys(shape).join(", ")}`,
    );
}

const textMatch = oneWay({
    exact: value().optional(),
    prefix: value().optional(),
    regex: z
        .string({ error: REGEX_MUST })
        .refine((value) => value.length <= 1_024, REGEX_MUST)
        .refine(isRe2, REGEX_MUST)
        .optional(),
});

// A pattern could reach over into the next cookie: not offered.
const COOKIE_VALUE_MUST = 'must be the text of a cookie: printable, without " , ; \\ and spaces';
const cookieText = () =>
    z
        .string({ error: COOKIE_VALUE_MUST })
        .refine((value) => value.length <= 200, COOKIE_VALUE_MUST)
        .regex(/^[!#-+\--:<-[\]-~]+$/, COOKIE_VALUE_MUST);
const cookieMatch = oneWay({ exact: cookieText().optional(), prefix: cookieText().optional() });

function named<Value extends z.ZodType>(key: RegExp, must: string, of: Value) {
    return z.record(z.string().regex(key, must), of, {
        error: "must be a mapping from names to conditions",
    });
}

const HEADER_MUST = "must be the name of a header; for cookies there is the key cookies";
/** A token as HTTP has it; `cookie` has a key of its own, and what starts with ":" or "@" is Istio's. */
const HEADER = /^(?!cookie$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/i;
const COOKIE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Istio's own way to write it; what is not in brackets is one name, dots and all. */
const CLAIM = /^([^[\]\s]{1,200}|(\[[^[\]\s]{1,100}\]){1,5})$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE_MUST = "must be the value of a label: at most 63 letters, digits, -, _ and .";

const targetSchema = mapping({
    headers: named(HEADER, HEADER_MUST, textMatch).optional(),
    cookies: named(COOKIE, "must be the name of a cookie", cookieMatch)
        .refine((cookies) => Object.keys(cookies).length <= 3, "must name at most 3 cookies")
        .optional(),
    queryParams: named(
        /^[^=&#\s]{1,200}$/,
        "must be the name of a parameter",
        textMatch,
    ).optional(),
    claims: named(
        CLAIM,
        "must be the name of a claim, or a way to one such as [realm][group]",
        textMatch,
    ).optional(),
    sourceLabels: z
        .record(
            z.string().regex(LABEL_KEY, "must be the key of a label"),
            z
                .string({ error: LABEL_VALUE_MUST })
                .regex(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/, LABEL_VALUE_MUST),
            { error: "must be a mapping from labels to values" },
        )
        .optional(),
}).refine(
    (target) =>
        Object.values(target).some((conditions) => Object.keys(conditions ?? {}).length > 0),
    "must have at least one condition in headers, cookies, queryParams, claims, sourceLabels",
);

export const targetsSchema = z
    .array(targetSchema, { error: "must be a list of targets, each a mapping of conditions" })
    .refine((value) => value.length <= 20, "must have at most 20 targets");

export type TargetConfig = z.output<typeof targetSchema>;

/** What is wrong between targets and other keys. */
export function targetRelations({
    canary,
    weight,
    versions,
    targets,
}: Partial<RolloutConfig>): Problem[] {
    if (canary === undefined || versions === undefined || targets === undefined) return [];
    // With a weight the same is said of versions.
    if (versions[canary] !== undefined || targets.length === 0 || weight !== 0) return [];
    const reason = `must be empty while versions.${canary} is missing: say what the canary runs, or take the targets out; found ${targets.length}`;
    return [{ path: ["targets"], reason }];
}

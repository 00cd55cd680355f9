/** Config: conditions on requests, in the words of Istio's HTTPMatchRequest. */
import { z } from "zod";
import type { Leaf } from "../deferred";
import { doc, listOf, mapping, named } from "../fields";
import { isRe2 } from "../re2";

/** A condition on a string whose value is known. */
export interface TextMatch {
    readonly exact?: string | undefined;
    readonly prefix?: string | undefined;
    readonly regex?: string | undefined;
}

/** A condition on a string. A pattern may contain the hash of a release, which other resources decide. */
export interface StringMatch extends Omit<TextMatch, "regex"> {
    readonly regex?: Leaf<string> | undefined;
}

/** Conditions on a request, all of which must hold. */
export interface HttpMatch {
    readonly uri?: TextMatch | undefined;
    readonly method?: TextMatch | undefined;
    readonly headers?: Readonly<Record<string, StringMatch>> | undefined;
    readonly withoutHeaders?: Readonly<Record<string, StringMatch>> | undefined;
    readonly queryParams?: Readonly<Record<string, StringMatch>> | undefined;
    readonly sourceLabels?: Readonly<Record<string, string>> | undefined;
    /** Port of the Service that the request was sent to. */
    readonly port?: number | undefined;
}

const VALUE = "a non-empty string of at most 1024 characters (quote numbers and booleans)";
const REGEX =
    "an RE2 regular expression of at most 1024 characters, without look-around or back-references";
const PATH = 'a path of at most 1024 characters that starts with "/", without a query';

const value = () =>
    z.string({ error: VALUE }).refine((text) => text.length >= 1 && text.length <= 1_024, VALUE);

const path = () =>
    z
        .string({ error: PATH })
        .refine((text) => /^\/[^?#]*$/.test(text) && text.length <= 1_024, PATH);

export const regex = () =>
    z.string({ error: REGEX }).refine((text) => text.length <= 1_024 && isRe2(text), REGEX);

/** A mapping that must have exactly one key. */
export function exactlyOne<Shape extends z.ZodRawShape>(shape: Shape) {
    return mapping(shape).refine(
        (found) => definedIn(found) === 1,
        `exactly one of ${Object.keys(shape).join(", ")}`,
    );
}

function definedIn(found: object): number {
    return Object.values(found).filter((one) => one !== undefined).length;
}

const textShape = (text: () => z.ZodType<string>) => ({
    exact: doc(text().optional(), "Matches the whole value."),
    prefix: doc(text().optional(), "Matches the beginning of the value."),
    regex: doc(regex().optional(), "RE2 regular expression that matches the whole value."),
});

export const textMatch = named("TextMatchArgs", exactlyOne(textShape(value)));

const uriMatch = named("UriMatchArgs", exactlyOne(textShape(path)));

const ANY_VALUE = "one of exact, prefix and regex, or {} for any value";

const headerMatch = named(
    "HeaderMatchArgs",
    mapping(textShape(value)).refine((found) => definedIn(found) <= 1, ANY_VALUE),
);

export function byName<Value extends z.ZodType>(name: RegExp, expected: string, condition: Value) {
    return z.record(z.string().regex(name, expected), condition, {
        error: "a mapping from names to conditions",
    });
}

/** An HTTP token. Not the names that start with ":" or "@", which Istio reserves. */
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export const QUERY_PARAM = /^[^=&#\s]{1,200}$/;

const matchSchema = mapping({
    uri: doc(uriMatch.optional(), "Condition on the path: `exact`, `prefix` or `regex`."),
    method: doc(textMatch.optional(), "Condition on the method, such as `{exact: POST}`."),
    headers: doc(
        byName(HEADER, "the name of a header", headerMatch).optional(),
        "Conditions on headers, by case-insensitive name. `{}` matches any value.",
    ),
    withoutHeaders: doc(
        byName(HEADER, "the name of a header", headerMatch).optional(),
        "Conditions on headers that must not hold.",
    ),
    queryParams: doc(
        byName(QUERY_PARAM, "the name of a query parameter", textMatch).optional(),
        "Conditions on query parameters, by name as in the URL.",
    ),
}).refine(
    (match) => Object.values(match).some((one) => Object.keys(one ?? {}).length > 0),
    "at least one condition in uri, method, headers, withoutHeaders or queryParams",
);

/** A request must match all conditions of at least one entry. */
export function matches() {
    return listOf(
        "matches, each a mapping of conditions",
        named("RequestMatchArgs", matchSchema),
    ).refine((list) => list.length <= 20, "at most 20 matches");
}

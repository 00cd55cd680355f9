/** Config: targets, which go to the canary at any weight, and paths that never do. */
import { z } from "zod";
import { doc, listOf, mapping, named, pattern } from "../fields";
import { key, REQUESTS } from "../key";
import { type Problem, wrongValue } from "../problems";
import { byName, exactlyOne, QUERY_PARAM, textMatch } from "../routing/requestMatch";
import type { Slot } from "../slots";

// No regex, because it could match beyond the end of the cookie.
const COOKIE_VALUE = 'a cookie value: printable characters except space, ", comma, ; and \\';
const cookieValue = () =>
    pattern(/^[!#-+\--:<-[\]-~]+$/, COOKIE_VALUE).refine(
        (text) => text.length <= 200,
        COOKIE_VALUE,
    );
const cookieMatch = named(
    "CookieMatchArgs",
    exactlyOne({
        exact: doc(cookieValue().optional(), "Matches the whole value."),
        prefix: doc(cookieValue().optional(), "Matches the beginning of the value."),
    }),
);

/** An HTTP token. Not `cookie`, which has its own key, and not the names that start with ":" or "@", which Istio reserves. */
const HEADER = /^(?!cookie$)[A-Za-z0-9!#$%&'*+.^_`|~-]+$/i;
const COOKIE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Istio's syntax for claims. Without brackets, the text is one name, including any dots. */
const CLAIM = /^([^[\]\s]{1,200}|(\[[^[\]\s]{1,100}\]){1,5})$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

const targetSchema = mapping({
    headers: doc(
        byName(HEADER, "the name of a header (for cookies, use `cookies`)", textMatch).optional(),
        'Conditions on headers, by case-insensitive name: `exact`, `prefix` or `regex`, such as `{X-User-ID: {exact: "42"}}`.',
    ),
    cookies: doc(
        byName(COOKIE, "the name of a cookie", cookieMatch)
            .refine((cookies) => Object.keys(cookies).length <= 3, "at most 3 cookies")
            .optional(),
        "Conditions on cookies, by name: `exact` or `prefix`. At most 3 cookies.",
    ),
    queryParams: doc(
        byName(QUERY_PARAM, "the name of a query parameter", textMatch).optional(),
        "Conditions on query parameters, by name as in the URL: `exact`, `prefix` or `regex`.",
    ),
    claims: doc(
        byName(
            CLAIM,
            "the name of a claim, or a path such as [realm][group]",
            textMatch,
        ).optional(),
        "Conditions on claims of the request's JWT, by name: `exact`, `prefix` or `regex`. They need `jwt`, and only gateways evaluate them.",
    ),
    sourceLabels: doc(
        z
            .record(
                z.string().regex(LABEL_KEY, "the key of a label"),
                pattern(LABEL_VALUE, "a label value: at most 63 letters, digits, -, _ and ."),
                { error: "a mapping from label keys to values" },
            )
            .optional(),
        "Labels of the calling pod.",
    ),
}).refine(
    (target) =>
        Object.values(target).some((conditions) => Object.keys(conditions ?? {}).length > 0),
    "at least one condition in headers, cookies, queryParams, claims or sourceLabels",
);

export type TargetConfig = z.output<typeof targetSchema>;

const path = pattern(
    /^(\/[A-Za-z0-9._~-]+)+$/,
    'a path such as "/admin" (no query, pattern or trailing "/")',
).refine((text) => text.length <= 200, "a path of at most 200 characters");

export const targetList = () =>
    listOf("targets, each a mapping of conditions", named("TargetArgs", targetSchema)).refine(
        (targets) => targets.length <= 20,
        "at most 20 targets",
    );

export const pathList = () =>
    listOf('paths, such as ["/admin"], or []', path).refine(
        (paths) => paths.length <= 50,
        "at most 50 paths",
    );

export const targetKeys = {
    targets: key(
        doc(
            targetList().default([]),
            "Requests that go to the canary at any weight, including 0. A request must match all conditions of at least one target.",
        ),
        REQUESTS,
    ),
    stableOnlyPaths: key(
        doc(
            pathList().default(["/admin", "/internal"]),
            "Paths that never go to the canary, including everything below them. `[]` for none.",
        ),
        REQUESTS,
    ),
};

interface TargetValues {
    readonly targets: readonly unknown[];
    readonly ports: readonly { readonly targets?: readonly unknown[] | undefined }[];
    readonly canary: Slot;
    readonly weight: number;
    readonly versions: Readonly<Partial<Record<Slot, unknown>>>;
}

export function targetRelations(config: Partial<TargetValues>): Problem[] {
    const { canary, weight, versions, targets = [], ports = [] } = config;
    if (canary === undefined || versions === undefined) return [];
    // At a weight above 0, roleRelations reports the missing version.
    if (versions[canary] !== undefined || weight !== 0) return [];
    const expected = `[], because versions.${canary} is missing`;
    const fix = `Set \`versions.${canary}.image\``;
    const places = [
        { path: ["targets"], found: targets },
        ...ports.map((port, index) => ({
            path: ["ports", index, "targets"],
            found: port.targets ?? [],
        })),
    ];
    return places.flatMap(({ path, found }) =>
        found.length > 0 ? [wrongValue(path, expected, found, fix)] : [],
    );
}

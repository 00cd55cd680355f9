/** Config: what a route changes in requests and responses, in the words of Istio's HTTPRoute. */
import { z } from "zod";
import {
    anyText,
    boolean,
    doc,
    duration,
    integer,
    listOf,
    mapping,
    named,
    oneOf,
    pattern,
    text,
} from "../fields";
import { regex, textMatch } from "./requestMatch";

const HEADER_NAME = 'the name of a header, such as "x-shop"';
const headerName = () => pattern(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, HEADER_NAME);

const headerValues = () =>
    z.record(headerName(), anyText(), { error: "a mapping from header names to values" });

const headerOperations = named(
    "HeaderOperationsArgs",
    mapping({
        set: doc(headerValues().optional(), "Headers to set, replacing existing values."),
        add: doc(headerValues().optional(), "Headers to add to existing values."),
        remove: doc(listOf("header names", headerName()).optional(), "Headers to remove."),
    }),
);

export const headersSchema = named(
    "RouteHeadersArgs",
    mapping({
        request: doc(headerOperations.optional(), "Changes to the request's headers."),
        response: doc(headerOperations.optional(), "Changes to the response's headers."),
    }),
);

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"] as const;

export const corsSchema = named(
    "CorsPolicyArgs",
    mapping({
        allowOrigins: doc(
            listOf("origins, each exact, prefix or regex", textMatch).optional(),
            "Origins that may call: `exact`, `prefix` or `regex`.",
        ),
        allowMethods: doc(
            listOf(METHODS.join(", "), oneOf(METHODS)).optional(),
            "Methods that these origins may use.",
        ),
        allowHeaders: doc(
            listOf("header names", text()).optional(),
            "Request headers that these origins may send.",
        ),
        exposeHeaders: doc(
            listOf("header names", text()).optional(),
            "Response headers that scripts may read.",
        ),
        maxAge: doc(
            duration("0s", "8760h", true).optional(),
            "How long a browser may cache the answer to a preflight request.",
        ),
        allowCredentials: doc(boolean().optional(), "Whether these origins may send credentials."),
        unmatchedPreflights: doc(
            oneOf(["FORWARD", "IGNORE"]).optional(),
            "What happens to preflight requests of other origins.",
            "`FORWARD`",
        ),
    }),
);

const rewriteUri = () => pattern(/^\/[^?#]*$/, 'a path that starts with "/", without a query');

/** The host that the app gets. */
const authority = () => pattern(/^[A-Za-z0-9.:-]{1,255}$/, "a host name, with or without a port");

export const rewriteSchema = named(
    "RewriteArgs",
    mapping({
        uri: doc(
            rewriteUri().optional(),
            "Replaces the part of the path that `uri` of the match covers: the prefix, or the whole path.",
        ),
        uriRegexRewrite: doc(
            named(
                "RegexRewriteArgs",
                mapping({
                    match: doc(regex(), "RE2 regular expression of the part to replace."),
                    rewrite: doc(text(), "Replacement. `\\1` stands for the first group."),
                }),
            ).optional(),
            "Replaces a part of the path, instead of `uri`.",
        ),
        authority: doc(authority().optional(), "Replaces the host."),
    }).refine(
        ({ uri, uriRegexRewrite }) => uri === undefined || uriRegexRewrite === undefined,
        "either uri or uriRegexRewrite",
    ),
);

export const redirectSchema = named(
    "RedirectArgs",
    mapping({
        uri: doc(rewriteUri().optional(), "Path of the new URL."),
        authority: doc(authority().optional(), "Host of the new URL."),
        scheme: doc(oneOf(["http", "https"]).optional(), "Scheme of the new URL."),
        port: doc(integer(1, 65_535).optional(), "Port of the new URL."),
        redirectCode: doc(integer(300, 399).optional(), "HTTP status.", "`301`"),
    }).refine(
        ({ redirectCode: _, ...goal }) => Object.values(goal).some((one) => one !== undefined),
        "at least one of uri, authority, scheme and port",
    ),
);

export type HeadersConfig = z.output<typeof headersSchema>;
export type CorsConfig = z.output<typeof corsSchema>;
export type RewriteConfig = z.output<typeof rewriteSchema>;
export type RedirectConfig = z.output<typeof redirectSchema>;

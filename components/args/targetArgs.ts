/** Which requests go to the canary whatever its weight, as an argument of CanaryRollout. */

/** How a text is compared: exactly one of these. */
export interface TextMatchArgs {
    readonly exact?: string;
    readonly prefix?: string;
    /** RE2; the whole text must match. */
    readonly regex?: string;
}

/** Conditions of which all must hold, at least one. */
export interface TargetArgs {
    /** By name, in any case: `{ "X-User-ID": { exact: "42" } }`. */
    readonly headers?: Record<string, TextMatchArgs>;
    /** By name, at most 3. */
    readonly cookies?: Record<string, Pick<TextMatchArgs, "exact" | "prefix">>;
    /** By name, as they stand in the URL. */
    readonly queryParams?: Record<string, TextMatchArgs>;
    /** Of the request's token, by name; needs `jwt`, and counts only at a gateway. */
    readonly claims?: Record<string, TextMatchArgs>;
    /** Labels of the pod that sends the request. */
    readonly sourceLabels?: Record<string, string>;
}

/** Whose tokens count at the gateway. */
export interface JwtArgs {
    /** As tokens have it in `iss`; turns the check on. */
    readonly issuer?: string;
    /** Where the issuer's keys are; exactly one of this and `jwks`. */
    readonly jwksUri?: string;
    /** The issuer's public keys, `{"keys": […]}` as text. */
    readonly jwks?: string;
    /** Tokens must be for one of these. Default: for any. */
    readonly audiences?: string[];
    /** Namespace of the gateway's pods. Default "istio-system". */
    readonly namespace?: string;
    /** Labels of the gateway's pods. Default `{ istio: "ingressgateway" }`. */
    readonly selector?: Record<string, string>;
}

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
    /** Labels of the pod that sends the request. */
    readonly sourceLabels?: Record<string, string>;
}

/** Header names and values: pkg/config/validation/validation.go and header_value_validator.go. */

/** Istio's pattern also has the comma: validHeaderNameRegex. */
const NAME = /^[!#$%&'*+,\-.^_`|~A-Za-z0-9]+$/;
const CLAIM = /^@request\.auth\.claims(\..+|\[.+\])$/i;
const PSEUDO = [":method", ":scheme", ":authority", ":path", ":status"];
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a header value must not have.
const VALUE = /^[^\u0000-\u0008\u000A-\u001F\u007F]*$/;

/** A route by a claim of the caller's JWT: "@request.auth.claims.group". */
export function isClaim(name: string): boolean {
    return CLAIM.test(name);
}

/** A header in a match. */
export function isMatchHeader(name: string): boolean {
    return isClaim(name) || PSEUDO.includes(name) || NAME.test(name);
}

/** A header of a CORS policy. */
export function isCorsHeader(name: string): boolean {
    return NAME.test(name);
}

export function isAuthority(name: string): boolean {
    return [":authority", "host"].includes(name.toLowerCase());
}

/** A header that a request gets: no pseudo header except the authority. */
export function isSettable(name: string): boolean {
    return name !== "" && (!name.startsWith(":") || isAuthority(name));
}

/** A header that is removed, or that a response gets. */
export function isRemovable(name: string): boolean {
    return name !== "" && !name.startsWith(":") && name.toLowerCase() !== "host";
}

/** Where Envoy's header parser is: see validateHeaderValue. */
type State =
    | "literal"
    | "variable"
    | "array"
    | "quote"
    | "string"
    | "delimiter"
    | "parenthesis"
    | "percent";

/** Whether Envoy can parse a value that may have variables, such as "%START_TIME%". `%%` is a percent sign. */
export function isHeaderValue(value: string): boolean {
    if (!VALUE.test(value)) return false;
    let state: State = "literal";
    for (let place = 0; place < value.length; place++) {
        const character = value[place] as string;
        const isEscape =
            (state === "literal" && character === "%" && value[place + 1] === "%") ||
            (state === "string" && character === "\\" && place + 1 < value.length);
        if (isEscape) {
            place++;
            continue;
        }
        const next: State | undefined = after(state, character);
        if (next === undefined) return false;
        state = next;
    }
    return state === "literal";
}

/** The state after a character; undefined if Envoy expects another character. */
function after(state: State, character: string): State | undefined {
    const isSpace = character === " ";
    switch (state) {
        case "literal":
            return character === "%" ? "variable" : "literal";
        case "variable":
            if (character === "%") return "literal";
            return character === "(" ? "array" : "variable";
        case "array":
            if (character === "[") return "quote";
            return isSpace ? "array" : "string";
        case "quote":
            if (character === '"') return "string";
            return isSpace ? "quote" : undefined;
        case "string":
            if (character === "\\") return undefined;
            if (character === ")") return "percent";
            return character === '"' ? "delimiter" : "string";
        case "delimiter":
            if (character === ",") return "quote";
            if (character === "]") return "parenthesis";
            return isSpace ? "delimiter" : undefined;
        case "parenthesis":
            if (character === ")") return "percent";
            return isSpace ? "parenthesis" : undefined;
        case "percent":
            if (character === "%") return "literal";
            return isSpace ? "percent" : undefined;
    }
}

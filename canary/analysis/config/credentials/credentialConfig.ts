/** Config: how the driver authenticates to a server, and how it verifies the server. */
import { doc, text, texts } from "../../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../../rollout/config/problems";

/** Keys of each server with credentials. */
export const CREDENTIAL_KEYS = {
    headers: doc(
        texts().default({}),
        "HTTP headers to send with each query, such as `X-Scope-OrgID`.",
    ),
    bearerToken: doc(text().optional(), "Bearer token. Encrypt it."),
    bearerTokenFile: doc(
        text().optional(),
        "Path of a file with the bearer token. The driver reads it for each query.",
    ),
    username: doc(text().optional(), "User name for basic authentication. Requires `password`."),
    password: doc(
        text().optional(),
        "Password for basic authentication. Requires `username`. Encrypt it.",
    ),
    caFile: doc(
        text().optional(),
        "Path of a PEM file with the CA certificates that verify the server.",
    ),
    certFile: doc(
        text().optional(),
        "Path of a PEM file with the client certificate. Requires `keyFile`.",
    ),
    keyFile: doc(text().optional(), "Path of a PEM file with the client key. Requires `certFile`."),
};

export interface Credentials {
    readonly headers: Readonly<Record<string, string>>;
    readonly bearerToken?: string;
    readonly bearerTokenFile?: string;
    readonly username?: string;
    readonly password?: string;
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
}

type Path = readonly PropertyKey[];

/** Keys that require each other, and authentication methods that exclude each other. */
export function credentialRelations<Config extends Credentials>(
    path: Path,
    config: Config,
    moreMethods: readonly (keyof Config & string)[] = [],
): Problem[] {
    const problems = [
        ...pairProblems(path, config, "username", "password"),
        ...pairProblems(path, config, "certFile", "keyFile"),
    ];
    const methods = ["bearerToken", "bearerTokenFile", "username", ...moreMethods] as const;
    const [first, second] = methods.filter((key) => config[key] !== undefined);
    if (first !== undefined && second !== undefined) {
        const expected = `no value, because \`${first}\` is set`;
        const isSecret = second === "bearerToken" || typeof config[second] !== "string";
        const secret = isSecret ? undefined : config[second];
        const fix = "Keep only one authentication method";
        problems.push(wrongValue([...path, second], expected, secret, fix));
    }
    return problems;
}

/** Either both keys or neither. */
export function pairProblems<Config extends object>(
    path: Path,
    config: Config,
    one: keyof Config & string,
    other: keyof Config & string,
): Problem[] {
    if ((config[one] === undefined) === (config[other] === undefined)) return [];
    const [missing, given] = config[one] === undefined ? [one, other] : [other, one];
    const expected = `a value, because \`${given}\` is set`;
    return [wrongValue([...path, missing], expected, undefined)];
}

const SECRET_KEYS = new Set<PropertyKey>([
    "bearerToken",
    "password",
    "secret",
    "routingKey",
    "apiKey",
    "applicationKey",
    "secretAccessKey",
    "sessionToken",
]);

/** Whether messages must not show the value at a path, encrypted or not. */
export function isSecretPath(path: Path): boolean {
    return path.some((key) => SECRET_KEYS.has(key)) || path.at(-2) === "headers";
}

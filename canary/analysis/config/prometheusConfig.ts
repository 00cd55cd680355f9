/** Config: the Prometheus server that the driver queries, and its credentials. */
import type { z } from "zod";
import { doc, duration, mapping, text, texts } from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import { url } from "./url";

export const prometheusSchema = mapping({
    url: doc(
        url().optional(),
        "URL of Prometheus or a compatible server, with its path prefix if it has one, such as `/prometheus` for Mimir.",
        "the environment variable `PROMETHEUS_URL`",
    ),
    staleAfter: doc(
        duration("1s", "1h").default("1m"),
        "Maximum age of the newest sample. If it is older, the driver treats the answer as no data.",
    ),
    timeout: doc(duration("1s", "5m").default("10s"), "Query timeout."),
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
});

export type PrometheusConfig = z.output<typeof prometheusSchema>;

/** Keys that require each other, and authentication methods that exclude each other. */
export function prometheusRelations(config: PrometheusConfig | undefined): Problem[] {
    if (config === undefined) return [];
    const problems = [
        ...pair(config, "username", "password"),
        ...pair(config, "certFile", "keyFile"),
    ];
    const methods = ["bearerToken", "bearerTokenFile", "username"] as const;
    const [first, second] = methods.filter((key) => config[key] !== undefined);
    if (first !== undefined && second !== undefined) {
        const expected = `no value, because \`${first}\` is set`;
        const secret = second === "bearerToken" ? undefined : config[second];
        problems.push(
            wrongValue(
                ["prometheus", second],
                expected,
                secret,
                "Keep only one authentication method",
            ),
        );
    }
    return problems;
}

function pair(
    config: PrometheusConfig,
    one: keyof PrometheusConfig,
    other: keyof PrometheusConfig,
): Problem[] {
    if ((config[one] === undefined) === (config[other] === undefined)) return [];
    const [missing, given] = config[one] === undefined ? [one, other] : [other, one];
    const expected = `a value, because \`${given}\` is set`;
    return [wrongValue(["prometheus", missing], expected, undefined)];
}

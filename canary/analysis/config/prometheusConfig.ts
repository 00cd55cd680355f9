/** Config: where the driver reads metrics, and how it authenticates there. */
import type { z } from "zod";
import { doc, duration, mapping, text, texts } from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import { url } from "./url";

export const prometheusSchema = mapping({
    url: doc(
        url().optional(),
        "URL of Prometheus or a compatible server. A path is kept, such as `/prometheus` of Mimir.",
        "the environment variable `PROMETHEUS_URL`",
    ),
    staleAfter: doc(
        duration("1s", "1h").default("1m"),
        "Age at which samples no longer count as an answer.",
    ),
    timeout: doc(duration("1s", "5m").default("10s"), "Timeout of a query."),
    headers: doc(texts().default({}), "HTTP headers of each query, such as `X-Scope-OrgID`."),
    bearerToken: doc(text().optional(), "Bearer token. Encrypt it."),
    bearerTokenFile: doc(text().optional(), "File with the bearer token, read for each query."),
    username: doc(text().optional(), "User name for basic authentication."),
    password: doc(text().optional(), "Password for basic authentication. Encrypt it."),
    caFile: doc(text().optional(), "File with the CA certificates of the server, in PEM."),
    certFile: doc(text().optional(), "File with the client's certificate, in PEM."),
    keyFile: doc(text().optional(), "File with the client's key, in PEM."),
});

export type PrometheusConfig = z.output<typeof prometheusSchema>;

/** Pairs that belong together, and ways to authenticate of which there may be one. */
export function prometheusRelations(config: PrometheusConfig | undefined): Problem[] {
    if (config === undefined) return [];
    const problems = [
        ...pair(config, "username", "password"),
        ...pair(config, "certFile", "keyFile"),
    ];
    const ways = ["bearerToken", "bearerTokenFile", "username"] as const;
    const [first, second] = ways.filter((key) => config[key] !== undefined);
    if (first !== undefined && second !== undefined) {
        const expected = `nothing, because ${first} is set`;
        const secret = second === "bearerToken" ? undefined : config[second];
        problems.push(
            wrongValue(["prometheus", second], expected, secret, "Keep one way to authenticate"),
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
    const expected = `a value, because ${given} is set`;
    return [wrongValue(["prometheus", missing], expected, undefined)];
}

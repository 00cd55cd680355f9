/** `newRelic` metrics: https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/ */
import { z } from "zod";
import { parseDuration } from "../../../rollout/config/duration";
import type { MetricOf } from "../../analysis/config/metricConfig";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import { oneLine } from "../../analysis/text";
import type { Clock } from "../ports";
import { callJson, redact } from "./callJson";
import { fill } from "./placeholders";
import type { Read, Reading } from "./source";

const QUERY =
    "query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql) { results } } } }";

const URLS = {
    us: "https://api.newrelic.com/graphql",
    eu: "https://api.eu.newrelic.com/graphql",
};

/** With an error, the data are partial or null. */
const answer = z.object({
    errors: z.array(z.object({ message: z.string() })).optional(),
    data: z
        .object({
            actor: z
                .object({
                    account: z
                        .object({
                            nrql: z
                                .object({ results: z.array(z.record(z.string(), z.unknown())) })
                                .nullable(),
                        })
                        .nullable(),
                })
                .nullable(),
        })
        .nullish(),
});

type Config = NonNullable<ProvidersConfig["newRelic"]>;

export function newRelicSource(
    metric: MetricOf<"newRelic">,
    { apiKey, accountId, region, url }: Config,
    clock: Pick<Clock, "now">,
): Read {
    const secrets = [apiKey];
    return async (place, signal) => {
        const to = clock.now();
        const from = to - (parseDuration(metric.window) ?? 0);
        const nrql = `${fill(metric.query, place)} SINCE ${from} UNTIL ${to}`;
        const called = await callJson({
            url: new URL(url ?? URLS[region]),
            method: "POST",
            headers: { "content-type": "application/json", "api-key": apiKey },
            body: JSON.stringify({ query: QUERY, variables: { account: accountId, nrql } }),
            timeout: parseDuration(metric.timeout) ?? 0,
            signal,
            keys: "`canary:providers.newRelic.apiKey`, `accountId` and `region`",
            secrets,
        });
        if (!called.ok) return called;
        const read = answer.safeParse(called.json);
        if (!read.success) return { problem: "New Relic: not an answer to a query" };
        const { errors = [], data } = read.data;
        const [first] = errors;
        if (first !== undefined) {
            return { problem: redact(`New Relic: ${oneLine(first.message, 300)}`, secrets) };
        }
        const results = data?.actor?.account?.nrql?.results;
        if (results === undefined) return { problem: "New Relic: not an answer to a query" };
        return readingOf(results);
    };
}

function readingOf(results: readonly Readonly<Record<string, unknown>>[]): Reading {
    if (results.length > 1) {
        const fix = "Aggregate it, such as with average(…)";
        return { problem: `New Relic: expected one row, got ${results.length}. ${fix}` };
    }
    const values = Object.values(results[0] ?? {}).flatMap(numbersIn);
    if (values.length > 1) {
        return { problem: `New Relic: expected one value, got ${values.length}` };
    }
    const [value] = values;
    return value === undefined ? {} : { value };
}

/** A percentile is nested: `{"95": 1.2}`. */
function numbersIn(value: unknown): number[] {
    if (typeof value === "number") return [value];
    if (typeof value === "object" && value !== null) return Object.values(value).flatMap(numbersIn);
    return [];
}

/** `cloudWatch` metrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import { z } from "zod";
import { parseDuration } from "../../../rollout/config/duration";
import type { MetricOf } from "../../analysis/config/metricConfig";
import type { CloudWatchQuery } from "../../analysis/config/metrics/vendorMetrics";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import { oneLine } from "../../analysis/text";
import { awsSigner, type Sign } from "../awsSigner";
import type { Clock } from "../ports";
import { callJson } from "./callJson";
import { fill, type Place } from "./placeholders";
import { meanReading, type Read, type Reading } from "./source";

const HEADERS = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "GraniteServiceVersion20100801.GetMetricData",
};
const CONFIG = "canary:providers.cloudWatch";

const answer = z.object({
    MetricDataResults: z.array(
        z.object({ StatusCode: z.string().default("Complete"), Values: z.array(z.number()) }),
    ),
    Messages: z.array(z.object({ Code: z.string(), Value: z.string() })).default([]),
});

export function cloudWatchSource(
    metric: MetricOf<"cloudWatch">,
    config: ProvidersConfig["cloudWatch"],
    clock: Pick<Clock, "now">,
    env: NodeJS.ProcessEnv = process.env,
): Read {
    let sign: Sign | undefined;
    return async (place, signal) => {
        const region = config.region ?? env.AWS_REGION;
        if (region === undefined) {
            return { problem: `${CONFIG}.region: expected an AWS region, got nothing` };
        }
        const url = new URL(config.url ?? `https://monitoring.${region}.amazonaws.com`);
        const body = JSON.stringify(requestOf(metric, place, clock.now()));
        sign ??= awsSigner(config, "monitoring", region);
        let headers: Readonly<Record<string, string>>;
        try {
            headers = await sign({ method: "POST", url, headers: HEADERS, body });
        } catch (error) {
            return { problem: `${CONFIG}: no credentials: ${(error as Error).message}` };
        }
        const called = await callJson({
            url,
            method: "POST",
            headers,
            body,
            timeout: parseDuration(metric.timeout) ?? 0,
            signal,
            keys: `\`${CONFIG}\``,
            secrets: [
                config.secretAccessKey,
                headers.authorization,
                headers["x-amz-security-token"],
            ],
        });
        return called.ok ? readingOf(called.json) : called;
    };
}

/** Only whole periods, because the sum of a period that is not over is too low. */
function requestOf({ queries, period, window }: MetricOf<"cloudWatch">, place: Place, now: number) {
    const seconds = (parseDuration(period) ?? 0) / 1_000;
    const end = Math.floor(now / 1_000 / seconds) * seconds;
    return {
        StartTime: end - Math.ceil((parseDuration(window) ?? 0) / 1_000 / seconds) * seconds,
        EndTime: end,
        MetricDataQueries: queries.map((query, index) => ({
            Id: query.id,
            ReturnData: index === queries.length - 1,
            ...dataOf(query, seconds, place),
        })),
    };
}

function dataOf(query: CloudWatchQuery, seconds: number, place: Place) {
    const { expression, namespace, metric, statistic, dimensions } = query;
    if (expression !== undefined) return { Expression: fill(expression, place), Period: seconds };
    const values = Object.entries(dimensions).map(([name, value]) => ({
        Name: name,
        Value: fill(value, place),
    }));
    return {
        MetricStat: {
            Metric: { Namespace: namespace, MetricName: metric, Dimensions: values },
            Period: seconds,
            Stat: statistic,
        },
    };
}

function readingOf(json: unknown): Reading {
    const read = answer.safeParse(json);
    if (!read.success) return { problem: "CloudWatch: not an answer to GetMetricData" };
    const { MetricDataResults: results, Messages: messages } = read.data;
    const [message] = messages;
    if (message !== undefined) {
        const text = oneLine(`${message.Code}: ${message.Value}`, 300);
        return { problem: `CloudWatch: ${text}` };
    }
    if (results.length > 1) {
        const fix = "Aggregate it, such as with SUM(…)";
        return { problem: `CloudWatch: expected one series, got ${results.length}. ${fix}` };
    }
    const [{ StatusCode: status, Values: points } = { StatusCode: "Complete", Values: [] }] =
        results;
    if (status !== "Complete") {
        return { problem: `CloudWatch: expected complete data, got ${status}` };
    }
    return meanReading(points);
}

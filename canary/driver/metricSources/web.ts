/** `web` metrics: a value from any JSON answer, by JSONPath. */
import { parseDuration } from "../../../rollout/config/duration";
import { show } from "../../../rollout/config/problems";
import type { Credentials } from "../../analysis/config/credentials/credentialConfig";
import type { MetricOf } from "../../analysis/config/metricConfig";
import { authorization, ConnectionError, dispatcherOf } from "../credentials";
import { callJson, redact } from "./callJson";
import { fill, type Place } from "./placeholders";
import type { Read, Reading } from "./source";

const NONE: Credentials = { headers: {} };

/** @param credentials the entry in `canary:providers.web` that the metric names */
export function webSource(metric: MetricOf<"web">, credentials: Credentials = NONE): Read {
    const path = `canary:providers.web.${metric.credentials ?? ""}`;
    let dispatcher: ReturnType<typeof dispatcherOf> | undefined;
    return async (place, signal) => {
        try {
            dispatcher ??= dispatcherOf(credentials, path);
            const body = metric.body === undefined ? undefined : fill(metric.body, place);
            const called = await callJson({
                url: urlOf(metric.url, place),
                method: metric.method,
                headers: {
                    ...(body !== undefined && { "content-type": "application/json" }),
                    ...(await authorization(credentials, path)),
                    ...credentials.headers,
                },
                body,
                timeout: parseDuration(metric.timeout) ?? 0,
                dispatcher: await dispatcher,
                signal,
                keys:
                    metric.credentials === undefined
                        ? "`credentials` of the metric"
                        : `\`${path}\``,
                secrets: secretsOf(credentials),
            });
            if (!called.ok) return called;
            return await readingOf(metric, called.json, secretsOf(credentials));
        } catch (error) {
            dispatcher = undefined;
            if (error instanceof ConnectionError) return { problem: error.message };
            throw error;
        }
    };
}

function urlOf(text: string, place: Place): URL {
    return new URL(fill(text, place));
}

function secretsOf(credentials: Credentials): (string | undefined)[] {
    const { bearerToken, username, password, headers } = credentials;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    return [bearerToken, password, password && basic, ...Object.values(headers)];
}

async function readingOf(
    metric: MetricOf<"web">,
    json: unknown,
    secrets: readonly (string | undefined)[],
): Promise<Reading> {
    // Loaded here, because only these metrics need it.
    const { query } = await import("jsonpath-rfc9535");
    const find = (path: string): { readonly value?: number; readonly problem?: string } => {
        let found: readonly unknown[];
        try {
            found = query(json as Parameters<typeof query>[0], path);
        } catch (error) {
            return { problem: `${path}: ${(error as Error).message}` };
        }
        const values = found.filter((one) => one !== null);
        if (values.length > 1) {
            return { problem: `${path}: expected one value, got ${values.length}` };
        }
        if (values.length === 0) return {};
        const value = numberOf(values[0]);
        if (value !== undefined) return { value };
        const shown = redact(show(values[0]), secrets);
        return { problem: `${path}: expected a number, got ${shown}` };
    };
    const value = find(metric.value);
    if (value.problem !== undefined) return { problem: value.problem };
    if (metric.of === undefined) return { value: value.value };
    const of = find(metric.of);
    if (of.problem !== undefined) return { problem: of.problem };
    return { value: value.value, of: of.value };
}

function numberOf(value: unknown): number | undefined {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (typeof value === "string" && value.trim() === "") return undefined;
    if (typeof value !== "number" && typeof value !== "string") return undefined;
    const number = Number(value);
    return Number.isFinite(number) ? number : undefined;
}

/** Validates answers of Prometheus' HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/ */
import { z } from "zod";

/** Seconds since the epoch, and a number as a string, which may be "+Inf" or "NaN". */
const sample = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());

const data = z.discriminatedUnion("resultType", [
    z.object({
        resultType: z.literal("matrix"),
        // A series of native histograms has no values.
        result: z.array(z.object({ metric: labels, values: z.array(sample).default([]) })),
    }),
    z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ metric: labels, value: sample.optional() })),
    }),
    z.object({ resultType: z.literal("scalar"), result: sample }),
]);

const answer = z.discriminatedUnion("status", [
    z.object({ status: z.literal("success"), data }),
    z.object({ status: z.literal("error"), error: z.string() }),
]);

export type Data = z.output<typeof data>;
export type Answer = z.output<typeof answer>;

/** @returns undefined if the text is not a Prometheus answer. */
export function parseAnswer(text: string): Answer | undefined {
    let parsed: unknown;
    try {
        parsed = JSON.parse(text);
    } catch {
        return undefined;
    }
    const result = answer.safeParse(parsed);
    return result.success ? result.data : undefined;
}

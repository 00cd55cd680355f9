// k6 script: consecutive open loops, each with a constant arrival rate. Prints each failure, and a summary of all steps at the end.
import http from "k6/http";

const steps = __ENV.RATES.split(",").map(Number);
const seconds = Number(__ENV.SECONDS);
const nameOf = (rate) => `rate${rate}`;

// A step with failures or unsent requests stops the run, because higher rates would fail too.
const stop = (threshold) => [
    { threshold, abortOnFail: __ENV.STOP === "true", delayAbortEval: "2s" },
];
export const options = {
    discardResponseBodies: true,
    summaryTrendStats: ["med", "p(99)", "max"],
    scenarios: Object.fromEntries(
        steps.map((rate, index) => [
            nameOf(rate),
            {
                executor: "constant-arrival-rate",
                rate,
                timeUnit: "1s",
                duration: `${seconds}s`,
                startTime: `${index * (seconds + 1)}s`,
                gracefulStop: "1s",
                preAllocatedVUs: 100,
                maxVUs: 400,
            },
        ]),
    ),
    // The summary only has a scenario's metric if a threshold names it.
    thresholds: Object.fromEntries(
        steps.flatMap((rate) => {
            const of = `{scenario:${nameOf(rate)}}`;
            return [
                [`http_req_duration${of}`, stop(`p(99)<${__ENV.P99}`)],
                [`http_req_failed${of}`, stop("rate==0")],
                [`dropped_iterations${of}`, stop(`count<=${Math.floor(rate * seconds * 0.01)}`)],
                [`http_reqs${of}`, ["count>=0"]],
            ];
        }),
    ),
};

http.setResponseCallback(http.expectedStatuses({ min: 200, max: 499 }));

export default function () {
    const at = Date.now();
    const { status, error, timings } = http.get(__ENV.URL, { timeout: "10s" });
    if (status === 0 || status >= 500) {
        console.log(JSON.stringify({ failed: { at, status, ms: timings.duration, error } }));
    }
}

export function handleSummary({ metrics }) {
    const found = steps.map((rate) => {
        const of = (name) => metrics[`${name}{scenario:${nameOf(rate)}}`]?.values ?? {};
        const { "p(99)": p99, med: p50, max } = of("http_req_duration");
        return {
            rate,
            requests: of("http_reqs").count ?? 0,
            failed: of("http_req_failed").passes ?? 0,
            unsent: of("dropped_iterations").count ?? 0,
            p50,
            p99,
            max,
        };
    });
    return { stdout: `${JSON.stringify({ steps: found })}\n` };
}

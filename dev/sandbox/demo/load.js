// k6 script: a constant arrival rate (open loop). Prints one line of JSON per request, except successful ones of version $UNSAID.
import http from "k6/http";

export const options = {
    discardResponseBodies: true,
    noConnectionReuse: __ENV.NEW_CONNECTIONS === "true",
    scenarios: {
        open: {
            executor: "constant-arrival-rate",
            rate: Number(__ENV.RATE),
            timeUnit: "1s",
            duration: __ENV.DURATION,
            preAllocatedVUs: Number(__ENV.RATE),
        },
    },
};

export default function () {
    const at = Date.now();
    const { timings, status, headers } = http.get(__ENV.URL, { timeout: "10s" });
    const version = headers["X-Version"] || "";
    if (status === 200 && version !== "" && version === __ENV.UNSAID) {
        return;
    }
    console.log(JSON.stringify({ at, ms: timings.duration, status, version }));
}

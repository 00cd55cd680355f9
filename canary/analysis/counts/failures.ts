/** Which requests count as failed, by the labels of Istio's metrics. */

/**
 * gRPC status codes that are the server's fault. The others (NOT_FOUND, INVALID_ARGUMENT, …) are the caller's fault, like 4xx.
 * https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export const FAILED_GRPC: Readonly<Record<string, string>> = {
    "2": "UNKNOWN: an uncaught exception in the server",
    "4": "DEADLINE_EXCEEDED: slower than the caller allows",
    "8": "RESOURCE_EXHAUSTED: the server is out of capacity",
    "13": "INTERNAL",
    "14": "UNAVAILABLE: also if no pod answers",
    "15": "DATA_LOSS",
};

/**
 * Istio's response code if the caller disconnected before the response. It counts as failed, because callers disconnect from slow
 * responses. Disconnects for other reasons hit both versions equally often.
 */
export const NO_ANSWER = "0";

/** `isFailed` as PromQL label matchers: each failed series matches exactly one of them. */
export const FAILED_MATCHERS: readonly string[] = [
    `response_code=~"5[0-9][0-9]|${NO_ANSWER}"`,
    `response_code!~"5[0-9][0-9]|${NO_ANSWER}",grpc_response_status=~"${Object.keys(FAILED_GRPC).join("|")}"`,
];

/** Whether the requests of a series failed: 5xx, no response, or a gRPC status that is the server's fault. 4xx is not a failure. */
export function isFailed(labels: Readonly<Record<string, string>>): boolean {
    const { response_code: code = "", grpc_response_status: grpc = "" } = labels;
    return /^5\d\d$/.test(code) || code === NO_ANSWER || grpc in FAILED_GRPC;
}

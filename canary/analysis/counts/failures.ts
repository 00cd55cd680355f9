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

/**
 * Client errors that a faulty version causes: it lost a route, a permission or a limit. Each kind is tested by itself; `invalid` has
 * a margin of its own, because a release can change on purpose what it rejects.
 */
export const CLIENT_ERRORS = [
    "unauthenticated",
    "forbidden",
    "notFound",
    "throttled",
    "cancelled",
    "invalid",
] as const;
export type ClientError = (typeof CLIENT_ERRORS)[number];

/** By HTTP status. Every other 4xx is `invalid`. 499: nginx's code for a caller that disconnected. */
const HTTP_CLIENT_ERRORS: Readonly<Record<string, ClientError>> = {
    "401": "unauthenticated",
    "403": "forbidden",
    "404": "notFound",
    "405": "notFound",
    "410": "notFound",
    "429": "throttled",
    "499": "cancelled",
};

/** By gRPC status: CANCELLED, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, … */
const GRPC_CLIENT_ERRORS: Readonly<Record<string, ClientError>> = {
    "1": "cancelled",
    "3": "invalid",
    "5": "notFound",
    "6": "invalid",
    "7": "forbidden",
    "9": "invalid",
    "10": "invalid",
    "11": "invalid",
    "12": "notFound",
    "16": "unauthenticated",
};

/** The kind of client error that a series counts; undefined for a success or a failure. */
export function clientErrorOf(labels: Readonly<Record<string, string>>): ClientError | undefined {
    const { response_code: code = "", grpc_response_status: grpc = "" } = labels;
    if (isFailed(labels)) return undefined;
    if (/^4\d\d$/.test(code)) return HTTP_CLIENT_ERRORS[code] ?? "invalid";
    return GRPC_CLIENT_ERRORS[grpc];
}

/** Whether the requests of a series failed: 5xx, no response, or a gRPC status that is the server's fault. 4xx is a client error instead. */
export function isFailed(labels: Readonly<Record<string, string>>): boolean {
    const { response_code: code = "", grpc_response_status: grpc = "" } = labels;
    return /^5\d\d$/.test(code) || code === NO_ANSWER || grpc in FAILED_GRPC;
}

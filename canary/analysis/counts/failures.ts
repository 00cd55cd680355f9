/** Which requests count as failed, by the labels of Istio's metrics. */

/**
 * Codes of gRPC by which a server says that it is at fault; the others (NOT_FOUND, INVALID_ARGUMENT, …) blame the request, as
 * 4xx do. https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export const FAILED_GRPC: Readonly<Record<string, string>> = {
    "2": "UNKNOWN: the server threw something that nobody caught",
    "4": "DEADLINE_EXCEEDED: it took longer than the caller allows",
    "8": "RESOURCE_EXHAUSTED: the server has no room for more",
    "13": "INTERNAL",
    "14": "UNAVAILABLE: nobody there to answer, too",
    "15": "DATA_LOSS",
};

/**
 * What Istio writes where no answer was sent: the caller went away. It counts as failed, since callers go away from what takes
 * too long; those that leave for reasons of their own leave both versions alike.
 */
export const NO_ANSWER = "0";

/** Whether the requests of a series failed: 5xx, no answer, or a gRPC status of the server's fault. 4xx is no failure. */
export function isFailed(labels: Readonly<Record<string, string>>): boolean {
    const { response_code: code = "", grpc_response_status: grpc = "" } = labels;
    return /^5\d\d$/.test(code) || code === NO_ANSWER || grpc in FAILED_GRPC;
}

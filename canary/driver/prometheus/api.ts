/** One query to Prometheus' HTTP API, and its possible results. */
import pRetry from "p-retry";
import { request } from "undici";
import { formatDuration } from "../../../rollout/config/duration";
import type { MetricsProblem } from "../../analysis/counts/observation";
import { oneLine } from "../../analysis/text";
import { ConnectionError } from "../credentials";
import { excerpt, failureReason, LONGEST_TEXT } from "../http";
import type { Connection } from "./connection";
import { type Data, parseAnswer } from "./promAnswer";

export type Answered =
    | { readonly ok: true; readonly data: Data }
    | { readonly ok: false; readonly problem: MetricsProblem; readonly reason: string };

/** Characters of a response that is not Prometheus'. */
const LONGEST_PAGE = 120;

export type Ask = (query: string) => Promise<Answered>;

/** An instant query. For a range-vector selector it returns raw samples with the times of their scrapes. Never rejects. */
export async function queryPrometheus(
    connection: Connection,
    query: string,
    { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<Answered> {
    const where = connection.url.href.replace(/\/$/, "");
    try {
        const { status, location, text } = await pRetry(
            () => queryOnce(connection, query, { timeout, signal }),
            // The server may have closed a connection that was idle for long.
            { retries: 1, minTimeout: 0, shouldRetry: ({ error }) => wasBroken(error), signal },
        );
        return read(where, status, text, location);
    } catch (error) {
        if (signal?.aborted) return unreachable(`${where}: the driver cancelled the query`);
        if (error instanceof ConnectionError) return unreachable(error.message);
        return unreachable(`${where}: ${failureReason(error, timeout)}`);
    }
}

async function queryOnce(
    connection: Connection,
    query: string,
    { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal },
) {
    const timedOut = AbortSignal.timeout(timeout);
    const url = new URL(`${connection.url.href.replace(/\/$/, "")}/api/v1/query`);
    const form = new URLSearchParams({ query, timeout: formatDuration(timeout) });
    if (!connection.isStrict) {
        // For Thanos: deduplicate samples, and fail instead of returning a partial answer. Others ignore both.
        form.set("dedup", "true");
        form.set("partial_response", "false");
    }
    const unsigned = {
        method: "POST",
        url,
        headers: {
            "content-type": "application/x-www-form-urlencoded",
            accept: "application/json",
            "user-agent": "istio-canary",
        },
        body: form.toString(),
    } as const;
    const { statusCode, headers, body } = await request(url, {
        method: unsigned.method,
        headers: await connection.headers(unsigned),
        body: unsigned.body,
        signal: signal ? AbortSignal.any([signal, timedOut]) : timedOut,
        dispatcher: connection.dispatcher,
    });
    const location = [headers.location].flat()[0];
    return { status: statusCode, location, text: await body.text() };
}

function wasBroken(error: Error): boolean {
    const { code } = error as NodeJS.ErrnoException;
    return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function read(where: string, status: number, text: string, location = ""): Answered {
    const answer = parseAnswer(text);
    if (answer?.status === "success" && status === 200) return { ok: true, data: answer.data };
    const detail =
        answer?.status === "error"
            ? `: ${oneLine(answer.error, LONGEST_TEXT)}`
            : excerpt(text, LONGEST_PAGE);
    const answered = `${where} answered ${status}${detail}`;
    if (status === 401 || status === 403) {
        const reason = `${answered}; check \`bearerToken\`, \`bearerTokenFile\`, \`username\`, \`certFile\`, \`sigv4\` and \`google\` in \`canary:prometheus\``;
        return { ok: false, problem: "refused", reason };
    }
    if (status >= 300 && status < 400) {
        const to = URL.canParse(location, where) ? new URL(location, where).origin : "";
        const reason = `${answered}, a redirect to ${to || "no valid URL"}, which the driver does not follow; set the URL to its target, or, if that is a login page, set credentials`;
        return { ok: false, problem: "refused", reason };
    }
    // Temporary: Mimir answers 429 over its rate limit, Prometheus 503 if a query timed out.
    if (status === 408 || status === 429 || status >= 500) return unreachable(answered);
    if (answer?.status === "error") return { ok: false, problem: "refused", reason: answered };
    const reason = `${answered}, which is not a Prometheus response; check that ${where}/api/v1/query is its API (Mimir: the URL ends in /prometheus; Thanos: use the querier)`;
    return { ok: false, problem: "malformed", reason };
}

function unreachable(reason: string): Answered {
    return { ok: false, problem: "unreachable", reason };
}

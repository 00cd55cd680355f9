/** One question to the HTTP API of Prometheus, and what can come of it. */
import pRetry from "p-retry";
import { request } from "undici";
import { formatDuration } from "../../../rollout/config/duration";
import type { MetricsProblem } from "../../analysis/counts/observation";
import { oneLine, whyNot } from "../http";
import { type Data, parseAnswer } from "./answer";
import { type Connection, ConnectionError } from "./connection";

export type Answered =
    | { readonly ok: true; readonly data: Data }
    | { readonly ok: false; readonly problem: MetricsProblem; readonly reason: string };

export type Ask = (query: string) => Promise<Answered>;

/** An instant query; of a range-vector selector it gives samples as they were scraped, with their own times. Never rejects. */
export async function ask(
    connection: Connection,
    query: string,
    { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<Answered> {
    const where = connection.url.href.replace(/\/$/, "");
    try {
        const { status, location, text } = await pRetry(
            () => once(connection, query, { timeout, signal }),
            // A connection that was idle for long may be gone by the time it is used.
            { retries: 1, minTimeout: 0, shouldRetry: ({ error }) => wasBroken(error), signal },
        );
        return read(where, status, text, location);
    } catch (error) {
        if (signal?.aborted) return unreachable(`${where} was given no more time`);
        if (error instanceof ConnectionError) return unreachable(error.message);
        return unreachable(`${where}: ${whyNot(error, timeout)}`);
    }
}

async function once(
    connection: Connection,
    query: string,
    { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal },
) {
    const patience = AbortSignal.timeout(timeout);
    const { statusCode, headers, body } = await request(
        `${connection.url.href.replace(/\/$/, "")}/api/v1/query`,
        {
            method: "POST",
            headers: {
                ...(await connection.headers()),
                "content-type": "application/x-www-form-urlencoded",
                accept: "application/json",
                "user-agent": "istio-canary",
            },
            body: new URLSearchParams({
                query,
                timeout: formatDuration(timeout),
                // Thanos: each sample once, and no answer rather than half of one. Others take no notice.
                dedup: "true",
                partial_response: "false",
            }).toString(),
            signal: signal ? AbortSignal.any([signal, patience]) : patience,
            dispatcher: connection.dispatcher,
        },
    );
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
    const said = answer?.status === "error" ? `: ${oneLine(answer.error)}` : words(text);
    const answered = `${where} answered ${status}${said}`;
    if (status === 401 || status === 403) {
        const reason = `${answered}; check bearerToken, bearerTokenFile, username and certFile of canary:prometheus`;
        return { ok: false, problem: "refused", reason };
    }
    if (status >= 300 && status < 400) {
        const to = URL.canParse(location, where) ? new URL(location, where).origin : "";
        const reason = `${answered}, which leads to ${to || "nowhere"} and is not followed; give the URL where it leads, or what proves to a login in front of it who asks`;
        return { ok: false, problem: "refused", reason };
    }
    // Mimir asks for patience with a 429, Prometheus tells of a query that took too long with a 503.
    if (status === 408 || status === 429 || status >= 500) return unreachable(answered);
    if (answer?.status === "error") return { ok: false, problem: "refused", reason: answered };
    const reason = `${answered}, which is no answer of Prometheus'; is ${where}/api/v1/query its API (Mimir: a path /prometheus, Thanos: the querier)?`;
    return { ok: false, problem: "malformed", reason };
}

/** The beginning of what is no answer of Prometheus': a page's text would say little more. */
function words(text: string): string {
    const line = oneLine(text.replace(/<[^>]*>/g, " "), 120);
    return line === "" ? "" : `: ${line}`;
}

function unreachable(reason: string): Answered {
    return { ok: false, problem: "unreachable", reason };
}

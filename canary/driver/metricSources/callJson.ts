/** One HTTP request to a metric source that answers with JSON, and its possible results. */
import { type Dispatcher, request } from "undici";
import { excerpt, failureReason, LONGEST_TEXT, proxied } from "../http";

/** Bytes of an answer; a longer one is a problem. */
const LONGEST_ANSWER = 1_048_576;

export interface Call {
    readonly url: URL;
    readonly method: "GET" | "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Milliseconds. */
    readonly timeout: number;
    /** Default: the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
    readonly dispatcher?: Dispatcher;
    readonly signal?: AbortSignal;
    /** The config keys with the credentials, for messages: "`canary:providers.datadog.apiKey`". */
    readonly keys: string;
    /** Removed from every message, because a server may repeat what it was sent. */
    readonly secrets: readonly (string | undefined)[];
}

export type Called =
    | { readonly ok: true; readonly json: unknown }
    | {
          readonly ok: false;
          /** A sentence without secrets. */
          readonly problem: string;
          readonly retryAfter?: number;
          /** The body of an error, if it is JSON. */
          readonly json?: unknown;
      };

/** Never rejects. Does not follow redirects, because they usually lead to a login page. */
export async function callJson(call: Call): Promise<Called> {
    const { url, timeout, signal } = call;
    const timedOut = AbortSignal.timeout(timeout);
    const where = url.origin;
    const failed = (text: string, more: object = {}): Called => ({
        ok: false,
        problem: redact(`${where}${text}`, call.secrets),
        ...more,
    });
    try {
        const { statusCode, headers, body } = await request(url, {
            method: call.method,
            headers: { accept: "application/json", "user-agent": "istio-canary", ...call.headers },
            ...(call.body !== undefined && { body: call.body }),
            signal: signal ? AbortSignal.any([signal, timedOut]) : timedOut,
            dispatcher: call.dispatcher ?? proxied(),
        });
        const text = await readAll(body);
        if (text === undefined) return failed(` answered ${statusCode} with more than 1 MiB`);
        const json = parsed(text);
        if (statusCode < 300) {
            if (json !== undefined) return { ok: true, json };
            return failed(
                ` answered ${statusCode}, but not with JSON${excerpt(text, LONGEST_TEXT)}`,
            );
        }
        return failed(errorText(statusCode, text, headers, call.keys), {
            ...(json !== undefined && { json }),
            ...(statusCode === 429 && retryAfter(headers)),
        });
    } catch (error) {
        if (signal?.aborted) return failed(": the driver cancelled the query");
        return failed(`: ${failureReason(error, timeout)}`);
    }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function errorText(status: number, text: string, headers: Headers, keys: string): string {
    const answered = ` answered ${status}`;
    if (status === 401 || status === 403)
        return `${answered}${excerpt(text, LONGEST_TEXT)}; check ${keys}`;
    if (status === 429) return `${answered}, its rate limit; the driver asks again`;
    if (status < 400) {
        const location = [headers.location].flat()[0] ?? "";
        const to = URL.canParse(location) ? ` to ${new URL(location).origin}` : "";
        return `${answered}, a redirect${to}, which the driver does not follow; check the URL and ${keys}`;
    }
    return `${answered}${excerpt(text, LONGEST_TEXT)}`;
}

/** Retry-After in seconds, or Datadog's X-RateLimit-Reset; at most 10 minutes. */
function retryAfter(headers: Headers): { readonly retryAfter?: number } {
    const text = [headers["retry-after"] ?? headers["x-ratelimit-reset"]].flat()[0];
    const seconds = Number(text);
    if (text === undefined || !Number.isFinite(seconds) || seconds <= 0) return {};
    return { retryAfter: Math.min(seconds, 600) * 1_000 };
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of body) {
        parts.push(part);
        length += part.length;
        // Leaving the loop destroys the stream.
        if (length > LONGEST_ANSWER) return undefined;
    }
    return Buffer.concat(parts).toString("utf8");
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** Shorter secrets would hide words, and are none. */
const SHORTEST_SECRET = 4;

export function redact(text: string, secrets: readonly (string | undefined)[]): string {
    return secrets.reduce<string>(
        (shown, secret) =>
            secret === undefined || secret.length < SHORTEST_SECRET
                ? shown
                : shown.replaceAll(secret, "[secret]"),
        text,
    );
}

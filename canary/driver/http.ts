/** POSTs to the user's receivers, with limits on time, attempts and size. A URL may be a secret, so messages show only its host. */
import pRetry, { AbortError } from "p-retry";
import { EnvHttpProxyAgent, request } from "undici";
import { oneLine } from "../analysis/text";

/** Bytes read of a response; the rest is dropped. */
const LONGEST_BODY = 16_384;
/** Characters of a receiver's text in a message. */
export const LONGEST_TEXT = 300;
const MOST_REDIRECTS = 3;

/** The beginning of a response that is not the expected one, on one line and without HTML tags; empty, or after a colon. */
export function excerpt(text: string, longest: number): string {
    const line = oneLine(text.replace(/<[^>]*>/g, " "), longest);
    return line === "" ? "" : `: ${line}`;
}

export interface Receiver {
    readonly url: string;
    /** Milliseconds per attempt. */
    readonly timeout: number;
    /** Attempts after the first. */
    readonly retries: number;
}

export interface Message {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

export function jsonMessage(body: object): Message {
    const headers = { "content-type": "application/json; charset=utf-8" };
    return { headers, body: JSON.stringify(body) };
}

export interface Answer {
    readonly status: number;
    readonly body: string;
}

export interface PostOptions {
    /** Called for each attempt, so that a time in the message is that of the attempt. */
    readonly message: () => Message;
    /** Whether to try again after this answer. */
    readonly again: (answer: Answer) => boolean;
    readonly signal?: AbortSignal;
    /** Milliseconds before the first retry; doubled for each further one, up to 10 s. Default: 500. */
    readonly firstDelay?: number;
}

/** There is no usable answer. The message does not contain the receiver's URL. */
export class PostError extends Error {
    override readonly name = "PostError";
}

/**
 * Uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Follows redirects (307, 308) only to the same origin.
 * @returns the first answer that needs no retry, or the last answer.
 * @throws PostError if the last attempt got no answer, or a redirect that is not followed.
 */
export async function post(receiver: Receiver, options: PostOptions): Promise<Answer> {
    const { again, signal, firstDelay = 500 } = options;
    // The answer of the last attempt, if it got one.
    let last: Answer | undefined;
    try {
        return await pRetry(
            async () => {
                last = undefined;
                const answer = await postOnce(receiver, options);
                if (!again(answer)) return answer;
                last = answer;
                throw new PostError(`answered ${answer.status}`);
            },
            {
                retries: receiver.retries,
                minTimeout: firstDelay,
                maxTimeout: 10_000,
                randomize: true,
                signal,
            },
        );
    } catch (error) {
        if (signal?.aborted)
            throw new PostError(`${originOf(receiver.url)}: the driver cancelled the request`);
        if (last !== undefined) return last;
        if (error instanceof PostError) throw error;
        throw new PostError(`${originOf(receiver.url)}: ${failureReason(error, receiver.timeout)}`);
    }
}

/** Scheme, host and port: the parts of a URL that a message may show. */
export function originOf(url: string): string {
    return URL.canParse(url) ? new URL(url).origin : "a receiver with an invalid url";
}

async function postOnce(receiver: Receiver, { message, signal }: PostOptions): Promise<Answer> {
    const { headers, body } = message();
    const timeout = AbortSignal.timeout(receiver.timeout);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    let { url, authorization } = splitCredentials(receiver.url);
    for (let redirects = 0; ; redirects++) {
        const response = await request(url, {
            method: "POST",
            headers: { ...headers, ...authorization, "user-agent": "istio-canary" },
            body,
            signal: either,
            dispatcher: proxied(),
        });
        const { statusCode: status } = response;
        const text = await readStart(response.body);
        if (status < 300 || status > 399) return { status, body: text };
        const location = [response.headers.location].flat()[0] ?? "";
        const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
        const same = next?.origin === url.origin;
        if (next && same && (status === 307 || status === 308) && redirects < MOST_REDIRECTS) {
            url = next;
            continue;
        }
        const where = next === undefined || same ? "" : ` to ${next.origin}`;
        throw new AbortError(
            new PostError(
                `${url.origin} redirects${where} (${status}), which the driver does not follow; set \`url\` to the target of the redirect`,
            ),
        );
    }
}

let agent: EnvHttpProxyAgent | undefined;
/** Uses the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
export function proxied(): EnvHttpProxyAgent {
    agent ??= new EnvHttpProxyAgent();
    return agent;
}

/** Moves the user and password of a URL into a header. */
function splitCredentials(text: string): { url: URL; authorization: Record<string, string> } {
    if (!URL.canParse(text)) throw new AbortError(new PostError("url: expected a URL"));
    const url = new URL(text);
    if (url.username === "" && url.password === "") return { url, authorization: {} };
    const user = [url.username, url.password].map((part) => decodeURIComponent(part)).join(":");
    url.username = "";
    url.password = "";
    const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
    return { url, authorization: { authorization } };
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of body) {
        parts.push(part);
        length += part.length;
        // Leaving the loop destroys the stream.
        if (length >= LONGEST_BODY) break;
    }
    return Buffer.concat(parts).subarray(0, LONGEST_BODY).toString("utf8");
}

const REASONS: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection closed",
    UND_ERR_SOCKET: "connection closed",
    ENOTFOUND: "no such host",
    EAI_AGAIN: "DNS lookup failed",
};

export function failureReason(error: unknown, timeout: number): string {
    const { name = "", message = "", code = "", errors } = error as Failure;
    if (name === "TimeoutError") return `no answer within ${timeout / 1_000}s`;
    const [first] = errors ?? [];
    return (
        REASONS[code || first?.code || ""] ?? oneLine(message || code || "no answer", LONGEST_TEXT)
    );
}

interface Failure {
    readonly name?: string;
    readonly message?: string;
    readonly code?: string;
    readonly errors?: readonly { readonly code?: string }[];
}

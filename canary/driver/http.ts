/** POSTs to receivers of the user's: bounded in time, tries and size. A URL may be a secret: only its host is ever shown. */
import pRetry, { AbortError } from "p-retry";
import { EnvHttpProxyAgent, request } from "undici";

/** Of an answer; what is longer is cut. */
const LONGEST_BODY = 16_384;
const MOST_REDIRECTS = 3;

export interface Receiver {
    readonly url: string;
    /** Milliseconds per try. */
    readonly timeout: number;
    /** Tries after the first. */
    readonly retries: number;
}

export interface Message {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

export interface Answer {
    readonly status: number;
    readonly body: string;
}

export interface PostOptions {
    /** Made anew for each try, so that a time in it is that of the try. */
    readonly message: () => Message;
    /** Whether an answer is worth another try. */
    readonly again: (answer: Answer) => boolean;
    readonly signal?: AbortSignal;
    /** Milliseconds before the second try, doubled before each one after it up to 10 s; default 500. */
    readonly firstDelay?: number;
}

/** No answer that counts: a sentence without the receiver's URL. */
export class PostError extends Error {
    override readonly name = "PostError";
}

/**
 * The first answer that is not worth another try; the last one, if all were.
 * Goes through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY where these are set. Follows redirects (307, 308) only to the same origin.
 * @throws PostError when the last try got no answer, or a redirect that is not followed.
 */
export async function post(receiver: Receiver, options: PostOptions): Promise<Answer> {
    const { again, signal, firstDelay = 500 } = options;
    // Several tries can end in an answer: the last of them is the answer then.
    let last: Answer | undefined;
    try {
        return await pRetry(
            async () => {
                last = undefined;
                const answer = await once(receiver, options);
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
        if (signal?.aborted) throw new PostError(`${hostOf(receiver.url)} was given no more time`);
        if (last !== undefined) return last;
        if (error instanceof PostError) throw error;
        throw new PostError(`${hostOf(receiver.url)}: ${whyNot(error, receiver.timeout)}`);
    }
}

/** Scheme, host and port, which is all that may be shown of a URL. */
export function hostOf(url: string): string {
    return URL.canParse(url) ? new URL(url).origin : "a receiver whose url is no URL";
}

/** Text from outside on one line: no control characters, cut to a length that fits a message. */
export function oneLine(text: string, longest = 300): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of terminals are what must not pass.
    const line = text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
    return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

async function once(receiver: Receiver, { message, signal }: PostOptions): Promise<Answer> {
    const { headers, body } = message();
    const timeout = AbortSignal.timeout(receiver.timeout);
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
    let { url, authorization } = apart(receiver.url);
    for (let redirects = 0; ; redirects++) {
        const response = await request(url, {
            method: "POST",
            headers: { ...headers, ...authorization, "user-agent": "istio-canary" },
            body,
            signal: either,
            dispatcher: proxied(),
        });
        const { statusCode: status } = response;
        const text = await firstOf(response.body);
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
                `${url.origin} redirects${where} (${status}), which is not followed; give the url where it leads`,
            ),
        );
    }
}

let agent: EnvHttpProxyAgent | undefined;
function proxied(): EnvHttpProxyAgent {
    agent ??= new EnvHttpProxyAgent();
    return agent;
}

/** A URL without its user and password, and the header that they make. */
function apart(text: string): { url: URL; authorization: Record<string, string> } {
    if (!URL.canParse(text)) throw new AbortError(new PostError("the url is no URL"));
    const url = new URL(text);
    if (url.username === "" && url.password === "") return { url, authorization: {} };
    const user = [url.username, url.password].map((part) => decodeURIComponent(part)).join(":");
    url.username = "";
    url.password = "";
    const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
    return { url, authorization: { authorization } };
}

async function firstOf(body: AsyncIterable<Buffer>): Promise<string> {
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

const WHY: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections",
    ECONNRESET: "broke off the connection",
    UND_ERR_SOCKET: "broke off the connection",
    ENOTFOUND: "no such host",
    EAI_AGAIN: "the host's name could not be looked up",
};

export function whyNot(error: unknown, timeout: number): string {
    const { name = "", message = "", code = "", errors } = error as Failure;
    if (name === "TimeoutError") return `no answer within ${timeout / 1_000}s`;
    const [first] = errors ?? [];
    return WHY[code || first?.code || ""] ?? oneLine(message || code || "no answer");
}

interface Failure {
    readonly name?: string;
    readonly message?: string;
    readonly code?: string;
    readonly errors?: readonly { readonly code?: string }[];
}

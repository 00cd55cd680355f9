/** Signs a request, so that its receiver can verify the sender and detect a replay. */
import { createHmac } from "node:crypto";

/**
 * `X-Canary-Timestamp`: seconds since the epoch. `X-Canary-Signature`: `sha256=` and the hexadecimal HMAC-SHA256 (RFC 2104) of
 * `<timestamp>.<body>`, as in Stripe's webhooks.
 * @param at milliseconds since the epoch.
 */
export function signatureHeaders(
    body: string,
    secret: string,
    at: number,
): Readonly<Record<string, string>> {
    const timestamp = String(Math.floor(at / 1_000));
    const digest = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
    return { "x-canary-timestamp": timestamp, "x-canary-signature": `sha256=${digest}` };
}

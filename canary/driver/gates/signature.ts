/** The signature by which a receiver knows that a request is the driver's, and not an old one played again. */
import { createHmac } from "node:crypto";

/**
 * `X-Canary-Timestamp`: seconds since the epoch. `X-Canary-Signature`: `sha256=` and the hexadecimal HMAC-SHA256 (RFC 2104) of
 * `<timestamp>.<body>`, as Stripe's webhooks have it.
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

// What every metric source does with the answers of its server. The answers are as the vendors document them.
import assert from "node:assert/strict";
import type { Place } from "../../../../../canary/driver/metricSources/placeholders";
import type { Reading } from "../../../../../canary/driver/metricSources/source";
import {
    type SourceReply,
    type SourceRequest,
    type SourceServer,
    startSource,
} from "../../../../fixtures/driver/sourceServer";
import { SOURCES } from "./recorded";

const PLACE: Place = { app: "web", namespace: "shop", version: "v2" };

for (const source of SOURCES) {
    describe(`the source ${source.name}`, () => {
        let server: SourceServer | undefined;
        afterEach(async () => {
            await server?.close();
            server = undefined;
        });

        async function ask(
            reply: SourceReply | ((request: SourceRequest) => SourceReply),
            signal?: AbortSignal,
        ): Promise<Reading> {
            server = await startSource(typeof reply === "function" ? reply : () => reply);
            return source.read(server.url)(PLACE, signal);
        }

        /** The message, which must not show a secret. */
        async function problemOf(...args: Parameters<typeof ask>): Promise<string> {
            const { problem } = await ask(...args);
            assert.ok(problem !== undefined);
            for (const secret of source.secrets) {
                assert.ok(!problem.includes(secret), `shows ${secret}: ${problem}`);
            }
            return problem;
        }

        for (const [what, reply, expected] of source.values) {
            it(`reads ${what}`, async () => {
                assert.deepEqual(await ask(reply), expected);
            });
        }

        it("asks for the version, with the credentials", async () => {
            await ask(source.values[0][1]);
            const [request] = server?.asked ?? [];
            assert.ok(request);
            source.checkRequest(request);
            const sent = decodeURIComponent(`${request.path} ${request.body}`);
            assert.match(sent, /v2/);
            assert.doesNotMatch(sent, /\{\{/);
        });

        for (const [what, reply] of source.noData) {
            it(`has no value for ${what}`, async () => {
                const reading = await ask(reply);
                assert.equal(reading.problem, undefined);
                assert.equal("value" in reading ? reading.value : undefined, undefined);
            });
        }

        for (const [what, reply, expected] of source.errors) {
            it(`says why it has no value: ${what}`, async () => {
                assert.match(await problemOf(reply), expected);
            });
        }

        it("asks later after a rate limit", async () => {
            const headers = { "retry-after": "17" };
            const reading = await ask({ status: 429, headers, body: source.limited });
            assert.match(reading.problem ?? "", /answered 429, its rate limit/);
            assert.equal("retryAfter" in reading && reading.retryAfter, 17_000);
        });

        for (const status of [401, 403]) {
            it(`names the keys of the credentials for ${status}`, async () => {
                const problem = await problemOf({ status, body: source.refused });
                assert.match(problem, new RegExp(`answered ${status}.*; check .*${source.keys}`));
            });
        }

        it("does not show what a server repeats of its request", async () => {
            const problem = await problemOf(({ headers, path, body }) => ({
                status: 500,
                body: `${JSON.stringify(headers)} ${decodeURIComponent(path)} ${body}`,
            }));
            assert.match(problem, /answered 500/);
        });

        it("does not follow a redirect", async () => {
            const headers = { location: "https://login.example/?next=1" };
            const problem = await problemOf({ status: 302, headers, body: "" });
            assert.match(problem, /answered 302, a redirect to https:\/\/login\.example, which/);
        });

        it("refuses an answer that is not JSON, or is too long", async () => {
            const html = "<html><body>Sign <b>in</b></body></html>";
            assert.match(
                await problemOf({ body: html }),
                /answered 200, but not with JSON: Sign in/,
            );
            await server?.close();
            const long = await problemOf({ body: JSON.stringify("x".repeat(1_100_000)) });
            assert.match(long, /more than 1 MiB/);
        });

        it("gives up on a slow server after its timeout", async () => {
            assert.match(
                await problemOf({ ...source.values[0][1], after: 3_000 }),
                /: no answer within 1s$/,
            );
        });

        it("ends when the driver ends", async () => {
            const reply = { ...source.values[0][1], after: 900 };
            assert.match(
                await problemOf(reply, AbortSignal.timeout(50)),
                /the driver cancelled the query$/,
            );
        });

        it("says that nobody listens", async () => {
            const { problem } = await source.read("http://127.0.0.1:9")(PLACE);
            assert.match(problem ?? "", /connection refused|ECONNREFUSED/);
        });
    });
}

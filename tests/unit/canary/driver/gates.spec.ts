// The gates of `istio-canary run`. Webhooks are real servers on loopback.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { checkDriverConfig } from "../../../../canary/analysis/config/driverConfig";
import { createGates, type GatesOptions } from "../../../../canary/driver/gates/createGates";
import { scheduleAt, zonedTime } from "../../../../canary/driver/gates/schedule";
import { readAnswer } from "../../../../canary/driver/gates/webhookAnswer";
import type { Clock, Gates } from "../../../../canary/driver/ports";
import { problemLine } from "../../../../rollout/config/problems";
import { type Reply, startReceiver, type TestReceiver } from "../../../fixtures/driver/receiver";

const NOW = Date.UTC(2026, 10, 21, 13, 12, 0);
const ABOUT = { id: "web-20261121T131200Z", app: "web", namespace: "shop", stack: "prod" };

interface World {
    readonly gates: Gates;
    readonly clock: Clock & { at: number };
}

/** The test sets the time; sleeps take real time. */
function testClock(): World["clock"] {
    const clock = {
        at: NOW,
        now: () => clock.at,
        elapsed: () => clock.at,
        sleep: async (milliseconds: number, signal?: AbortSignal) =>
            sleep(milliseconds, undefined, { signal }).catch(() => undefined),
    };
    return clock;
}

function gatesOf(...gates: unknown[]): World {
    return gatesWith({}, ...gates);
}

function gatesWith(more: Partial<GatesOptions>, ...gates: unknown[]): World {
    const result = checkDriverConfig({ gates });
    assert.ok(result.ok, JSON.stringify(result));
    const clock = testClock();
    const times = { interval: 5_000, firstDelay: 1, patience: 10_000 };
    const options = { gates: result.config.gates, about: ABOUT, clock, ...times };
    return { gates: createGates({ ...options, ...more }), clock };
}

describe("createGates", () => {
    const open: TestReceiver[] = [];
    const receiver = async (...replies: Reply[]) => {
        const one = await startReceiver(...replies);
        open.push(one);
        return one;
    };
    afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

    /** The result of one webhook with these replies. */
    async function verdictOf(...replies: Reply[]) {
        const { url, received } = await receiver(...replies);
        const { gates } = gatesOf({ type: "webhook", name: "tests", url, retries: 2 });
        const [answer] = await gates.ask("before", 25, false);
        const reason = answer?.reason.replace(url, "URL");
        return { verdict: answer?.verdict, reason, tries: received.length };
    }

    describe("webhook", () => {
        it("sends the rollout and the phase", async () => {
            const { url, received } = await receiver();
            const { gates } = gatesOf({ type: "webhook", name: "tests", url, when: "after" });
            assert.deepEqual(await gates.ask("before", 25, false), []);
            assert.deepEqual(received, []);
            assert.equal((await gates.ask("after", 25, false))[0]?.verdict, "pass");
            const [{ method, headers, body } = assert.fail()] = received;
            assert.equal(method, "POST");
            assert.equal(headers["content-type"], "application/json");
            assert.equal(headers["x-canary-signature"], undefined);
            assert.deepEqual(JSON.parse(body), { ...ABOUT, weight: 25, when: "after" });
        });

        it("sends a signature that openssl confirms", async () => {
            const { url, received } = await receiver();
            const secret = "s3cret key";
            const { gates } = gatesOf({ type: "webhook", name: "tests", url, secret });
            await gates.ask("before", 25, false);
            const [{ headers, body } = assert.fail()] = received;
            assert.equal(headers["x-canary-timestamp"], "1795266720");
            const args = ["dgst", "-sha256", "-hmac", secret, "-r"];
            const digest = execFileSync("openssl", args, { input: `1795266720.${body}` });
            const [hex] = digest.toString().split(" ");
            assert.equal(headers["x-canary-signature"], `sha256=${hex}`);
        });

        it("signs each attempt with its own time", async () => {
            const { url, received } = await receiver(500, 200);
            const webhook = { type: "webhook", name: "tests", url, secret: "key" };
            const { gates, clock } = gatesOf(webhook);
            clock.now = () => {
                clock.at += 60_000;
                return clock.at;
            };
            await gates.ask("before", 25, false);
            const times = received.map(({ headers }) => Number(headers["x-canary-timestamp"]));
            assert.ok((times[1] ?? 0) > (times[0] ?? 0), String(times));
            const signatures = received.map(({ headers }) => headers["x-canary-signature"]);
            assert.notEqual(signatures[0], signatures[1]);
        });

        it("retries a failure of the receiver, a limited number of times", async () => {
            assert.deepEqual(await verdictOf(500, (response) => response.destroy(), 204), {
                verdict: "pass",
                reason: "URL: answered 204",
                tries: 3,
            });
            assert.deepEqual(await verdictOf({ status: 502, body: "no upstream" }), {
                verdict: "error",
                reason: "URL: answered 502: no upstream",
                tries: 3,
            });
        });

        it("does not retry after a verdict", async () => {
            const reply = { status: 422, body: '{"reason":"12 of 40 checks failed"}' };
            assert.deepEqual(await verdictOf(reply), {
                verdict: "fail",
                reason: "URL: answered 422: 12 of 40 checks failed",
                tries: 1,
            });
            assert.deepEqual(await verdictOf(503), {
                verdict: "waiting",
                reason: "URL: answered 503",
                tries: 1,
            });
        });

        it("is an error if the receiver does not answer in time", async () => {
            const { url, received } = await receiver("never");
            const webhook = { type: "webhook", name: "tests", url, timeout: "1s", retries: 0 };
            const [answer] = await gatesOf(webhook).gates.ask("before", 25, false);
            const reason = `${url}: no answer within 1s`;
            assert.deepEqual(answer, { gate: "tests", verdict: "error", reason });
            assert.equal(received.length, 1);
        });

        it("is waiting until the answer arrives, with a single request", async () => {
            let answer = () => {};
            const held = (response: ServerResponse) => {
                answer = () => response.writeHead(409).end("3 of 5 runs");
            };
            const { url, received, arrived } = await receiver(held, 200);
            const webhook = { type: "webhook", name: "tests", url };
            const { gates, clock } = gatesWith({ patience: 0 }, webhook);
            const ask = async () => (await gates.ask("before", 25, false))[0]?.reason;
            const waiting = `${url}: no answer yet; asked at 2026-11-21T13:12:00.000Z`;
            assert.equal(await ask(), waiting);
            await arrived(1);
            clock.at += 60_000;
            assert.equal(await ask(), waiting);
            answer();
            let reason = await ask();
            while (reason === waiting) reason = await ask();
            assert.equal(reason, `${url}: answered 409: 3 of 5 runs`);
            assert.equal(received.length, 1);
        });

        it("is asked again if its answer is out of date", async () => {
            let answer = () => {};
            const held = (response: ServerResponse) => {
                answer = () => response.writeHead(200).end();
            };
            const { url, received, arrived } = await receiver(held, 403);
            const webhook = { type: "webhook", name: "tests", url };
            const { gates, clock } = gatesWith({ patience: 0 }, webhook);
            const ask = async () => (await gates.ask("before", 25, false))[0]?.verdict;
            assert.equal(await ask(), "waiting");
            await arrived(1);
            await new Promise<void>((resolve) => {
                // Called when the answer has arrived.
                clock.now = () => {
                    resolve();
                    return clock.at;
                };
                answer();
            });
            clock.at += 11_000;
            let verdict = await ask();
            while (verdict === "waiting") verdict = await ask();
            assert.equal(verdict, "fail");
            assert.equal(received.length, 2);
        });

        it("is an error if nothing listens, and shows only the host of its URL", async () => {
            const { url, close } = await startReceiver();
            await close();
            const secret = url.replace("//", "//user:p4ss@");
            const webhook = { type: "webhook", name: "tests", retries: 1 };
            const { gates } = gatesOf({ ...webhook, url: `${secret}/t0ken?key=k3y` });
            const [answer] = await gates.ask("before", 25, false);
            const reason = `${url}: connection refused`;
            assert.deepEqual(answer, { gate: "tests", verdict: "error", reason });
        });

        it("sends the user and password of its URL as a header", async () => {
            const { url, received } = await receiver();
            const webhook = { type: "webhook", name: "tests", url: url.replace("//", "//u:p%40@") };
            await gatesOf(webhook).gates.ask("before", 25, false);
            const basic = `Basic ${Buffer.from("u:p@").toString("base64")}`;
            assert.equal(received[0]?.headers.authorization, basic);
        });

        it("follows a redirect to the same host only", async () => {
            const location = (to: string) => ({ status: 307, headers: { location: to } });
            const same = await receiver(location("/elsewhere"), 204);
            const [passed] = await gatesOf({ type: "webhook", name: "a", url: same.url }).gates.ask(
                "before",
                25,
                false,
            );
            assert.equal(passed?.verdict, "pass");
            assert.equal(same.received[1]?.path, "/elsewhere");
            assert.equal(same.received[1]?.body, same.received[0]?.body);

            const other = await receiver();
            const { url, received } = await receiver(location(`${other.url}/t0ken`));
            const { gates } = gatesOf({ type: "webhook", name: "b", url });
            const [answer] = await gates.ask("before", 25, false);
            assert.equal(answer?.verdict, "error");
            assert.equal(
                answer?.reason,
                `${url} redirects to ${other.url} (307), which the driver does not follow; set \`url\` to the target of the redirect`,
            );
            assert.equal(received.length, 1);
            assert.deepEqual(other.received, []);
        });

        it("is asked only in its phases", async () => {
            const { url, received } = await receiver();
            const { gates } = gatesOf({ type: "webhook", name: "tests", url, phases: [50] });
            assert.deepEqual(await gates.ask("before", 25, false), []);
            assert.equal((await gates.ask("before", 50, false)).length, 1);
            assert.equal(received.length, 1);
        });

        it("cuts a long answer", async () => {
            const { reason = "" } = await verdictOf({ status: 400, body: "x".repeat(5_000_000) });
            assert.ok(reason.length < 400, String(reason.length));
        });
    });

    it("waits for an approval before it calls a webhook", async () => {
        const { url, received } = await receiver();
        const { gates } = gatesOf(
            { type: "webhook", name: "tests", url },
            { type: "approval", phases: [50, 100] },
        );
        const reason = "weight 50 needs an approval: run `istio-canary approve`";
        const waiting = [{ gate: "approval", verdict: "waiting", reason }];
        assert.deepEqual(await gates.ask("before", 50, false), waiting);
        assert.deepEqual(received, []);
        const verdicts = async (weight: number, approved: boolean) =>
            (await gates.ask("before", weight, approved)).map(({ gate, verdict }) => [
                gate,
                verdict,
            ]);
        assert.deepEqual(await verdicts(50, true), [
            ["approval", "pass"],
            ["tests", "pass"],
        ]);
        assert.deepEqual(await verdicts(25, false), [["tests", "pass"]]);
    });

    it("waits for a schedule's window, and says when it opens", async () => {
        const schedule = { type: "schedule", windows: ["Mon-Fri 09:00-17:00"] };
        const { gates, clock } = gatesOf({ ...schedule, timeZone: "Europe/London" });
        const [closed] = await gates.ask("before", 25, false);
        assert.equal(closed?.verdict, "waiting");
        const opens = "closed; opens Mon 23 Nov 2026 09:00 Europe/London";
        assert.equal(closed?.reason, opens);
        clock.at = Date.UTC(2026, 10, 23, 9, 0);
        const [now] = await gates.ask("before", 25, false);
        assert.equal(now?.verdict, "pass");
        assert.deepEqual(await gates.ask("after", 25, false), []);
    });

    it("asks for load once per interval, and repeats the last answer meanwhile", async () => {
        const { url, received } = await receiver(200, 500);
        const { gates, clock } = gatesOf({ type: "load", url, retries: 0 });
        assert.deepEqual(await gates.ask("before", 25, false), []);
        const reason = "2 requests in 30 s; 50 are needed";
        const [first] = await gates.requestLoad(25, reason);
        assert.equal(first?.verdict, "pass");
        const { when, reason: sentReason } = JSON.parse(received[0]?.body ?? "");
        assert.deepEqual([when, sentReason], ["load", reason]);
        clock.at += 4_000;
        assert.deepEqual(await gates.requestLoad(25, reason), [first]);
        assert.equal(received.length, 1);
        clock.at += 1_000;
        assert.equal((await gates.requestLoad(25, reason))[0]?.verdict, "error");
        assert.equal(received.length, 2);
    });
});

describe("readAnswer", () => {
    const table: [status: number, body: string, verdict: string][] = [
        [200, "", "pass"],
        [204, "", "pass"],
        [200, "OK", "pass"],
        [200, '{"verdict":"pass"}', "pass"],
        [200, '{"verdict":"waiting","reason":"3 of 5 runs"}', "waiting"],
        [200, '{"verdict":"fail"}', "fail"],
        [200, '{"verdict":"Passed"}', "error"],
        [200, '{"verdict":null}', "error"],
        [400, "", "fail"],
        [403, "", "fail"],
        [409, "", "waiting"],
        [425, "", "waiting"],
        [429, "", "waiting"],
        [503, "", "waiting"],
        [500, "", "error"],
        [504, "", "error"],
    ];
    for (const [status, body, verdict] of table) {
        it(`gives ${verdict} for ${status} ${body}`, () => {
            assert.equal(readAnswer({ status, body }).verdict, verdict);
        });
    }

    it("takes the reason from the body, on one line and without escape sequences", () => {
        const reason = (body: string) => readAnswer({ status: 400, body }).reason;
        assert.equal(reason('{"message":"no\\nload"}'), "answered 400: no load");
        assert.equal(reason("\u001b[31mred\u001b[39m"), "answered 400: red");
        assert.equal(reason('{"error":{}}'), "answered 400");
    });
});

describe("scheduleAt", () => {
    /** Milliseconds since the epoch of a UTC time in November 2026, whose 23rd is a Monday. */
    const on = (day: number, hour: number, minute = 0) => Date.UTC(2026, 10, day, hour, minute);
    const state = (windows: string[], now: number, zone = "UTC") => {
        const { open, until } = scheduleAt(windows, zone, now);
        return `${open ? "open until" : "opens"} ${new Date(until).toISOString().slice(0, 16)}`;
    };
    const office = ["Mon-Fri 09:00-17:00"];

    it("includes a window's start and excludes its end", () => {
        assert.equal(state(office, on(23, 8, 59)), "opens 2026-11-23T09:00");
        assert.equal(state(office, on(23, 9)), "open until 2026-11-23T17:00");
        assert.equal(state(office, on(23, 17)), "opens 2026-11-24T09:00");
        assert.equal(state(office, on(27, 17)), "opens 2026-11-30T09:00");
    });

    it("ends a window past midnight on the next day", () => {
        const night = ["Fri 22:00-02:00"];
        assert.equal(state(night, on(28, 1, 59)), "open until 2026-11-28T02:00");
        assert.equal(state(night, on(28, 2)), "opens 2026-12-04T22:00");
        assert.equal(state(night, on(27, 1)), "opens 2026-11-27T22:00");
    });

    it("accepts ranges of days across the weekend, and whole days", () => {
        assert.equal(state(["Sat-Mon 10:00-11:00"], on(22, 12)), "opens 2026-11-23T10:00");
        assert.equal(state(["Sat-Mon 10:00-11:00"], on(23, 12)), "opens 2026-11-28T10:00");
        assert.equal(state(["Sat 00:00-00:00"], on(28, 23)), "open until 2026-11-29T00:00");
    });

    it("joins adjacent and overlapping windows", () => {
        const two = ["Mon 09:00-12:00", "Mon 12:00-14:00", "Mon 13:00-15:00"];
        assert.equal(state(two, on(23, 10)), "open until 2026-11-23T15:00");
    });

    it("uses the zone's local hours, also when its clocks change", () => {
        const zone = "America/New_York";
        assert.equal(state(office, on(23, 13, 59), zone), "opens 2026-11-23T14:00");
        // In July New York is four hours behind UTC, in November five.
        assert.equal(state(office, Date.UTC(2026, 6, 20, 12), zone), "opens 2026-07-20T13:00");
        // The night to 1 November is an hour longer.
        const night = ["Sat 22:00-06:00"];
        const from = Date.UTC(2026, 10, 1, 3);
        assert.equal(state(night, from, zone), "open until 2026-11-01T11:00");
    });

    it("shows times in the zone's hours", () => {
        assert.equal(zonedTime(on(23, 9), "Asia/Tokyo"), "Mon 23 Nov 2026 18:00 Asia/Tokyo");
    });

    it("rejects an unknown time zone", () => {
        const schedule = { type: "schedule", windows: office, timeZone: "Europe/Lundon" };
        const result = checkDriverConfig({ gates: [schedule] });
        assert.deepEqual(!result.ok && result.problems.map(problemLine), [
            'gates[0].timeZone: expected a time zone, such as Europe/London, got "Europe/Lundon".',
        ]);
    });
});

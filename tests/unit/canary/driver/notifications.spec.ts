// Notifications, sent to real servers on loopback.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudEvent, HTTP } from "cloudevents";
import { checkDriverConfig } from "../../../../canary/analysis/config/driverConfig";
import {
    createNotifier,
    type NotifierOptions,
} from "../../../../canary/driver/notifications/notifier";
import { type Reply, startReceiver, type TestReceiver } from "../../../fixtures/driver/receiver";

const NOW = Date.UTC(2026, 10, 21, 13, 12, 0);
const ID = "web-20261121T131200Z";
const clock = {
    now: () => NOW,
    elapsed: () => NOW,
    sleep: async (milliseconds: number, signal?: AbortSignal) =>
        sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

function notifierOf(receivers: unknown[], more: Partial<NotifierOptions> = {}) {
    const result = checkDriverConfig({ notifications: receivers });
    assert.ok(result.ok, JSON.stringify(result));
    const about = { app: "web", namespace: "shop", stack: "prod" };
    const { notifications } = result.config;
    return createNotifier({ receivers: notifications, about, clock, firstDelay: 1, ...more });
}

const about = (weight: number, reason = "because") => ({ id: ID, weight, reason });

describe("createNotifier", () => {
    const open: TestReceiver[] = [];
    const receiver = async (...replies: Reply[]) => {
        const one = await startReceiver(...replies);
        open.push(one);
        return one;
    };
    afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

    it("sends Slack blocks and a text, and escapes markup in the reason", async () => {
        const { url, received } = await receiver({ status: 200, body: "ok" });
        const notifier = notifierOf([{ type: "slack", url }]);
        notifier.send("rolledBack", about(25, "<!channel> p99 > 1s & errors < 5 %"));
        assert.deepEqual(await notifier.flush(10_000), []);
        const [{ headers, body } = assert.fail()] = received;
        assert.match(headers["content-type"] ?? "", /^application\/json/);
        const { text, blocks } = JSON.parse(body);
        const escaped = "&lt;!channel&gt; p99 &gt; 1s &amp; errors &lt; 5 %";
        assert.equal(text, `shop/web: rolled back. ${escaped}`);
        assert.equal(blocks[0].text.text, `*shop/web: rolled back*\n${escaped}`);
        assert.equal(blocks[0].text.type, "mrkdwn");
        assert.match(
            blocks[1].elements[0].text,
            /^web-20261121T131200Z · stack prod · 2026-11-21T/,
        );
    });

    it("keeps a Slack message within Slack's limits", async () => {
        const { url, received } = await receiver();
        const notifier = notifierOf([{ type: "slack", url }]);
        notifier.send("held", about(25, "&".repeat(10_000)));
        await notifier.flush(10_000);
        const { blocks } = JSON.parse(received[0]?.body ?? "");
        assert.ok(blocks[0].text.text.length <= 3_000, String(blocks[0].text.text.length));
    });

    it("sends a valid CloudEvent, with the same id at each attempt", async () => {
        const { url, received } = await receiver(500, 202);
        const notifier = notifierOf([{ type: "cloudevents", url }]);
        notifier.send("phase", about(25));
        assert.deepEqual(await notifier.flush(10_000), []);
        const events = received.map(({ headers, body }) => {
            const event = HTTP.toEvent({ headers, body });
            assert.ok(event instanceof CloudEvent);
            return event;
        });
        const [first, second] = events;
        assert.ok(first);
        assert.equal(first.validate(), true);
        const { specversion, type, source, subject, time, data } = first;
        assert.deepEqual(
            { specversion, type, source, subject, time, data },
            {
                specversion: "1.0",
                type: "rollout.phase",
                source: "/rollouts/shop/web",
                subject: ID,
                time: "2026-11-21T13:12:00.000Z",
                data: {
                    rollout: ID,
                    app: "web",
                    namespace: "shop",
                    stack: "prod",
                    weight: 25,
                    reason: "because",
                },
            },
        );
        assert.match(received[0]?.headers["content-type"] ?? "", /^application\/cloudevents\+json/);
        assert.equal(second?.id, first.id, "a receiver can tell a retry from a second event");
    });

    it("sends each receiver its events in order, whatever other receivers do", async () => {
        const slow = await receiver(503, 503, 200);
        const quick = await receiver();
        const notifier = notifierOf([
            { type: "cloudevents", url: slow.url },
            { type: "cloudevents", url: quick.url, events: ["phase", "promoted"] },
        ]);
        notifier.send("started", about(0));
        for (const weight of [10, 25, 50]) notifier.send("phase", about(weight));
        notifier.send("promoted", about(100));
        assert.deepEqual(await notifier.flush(10_000), []);
        const weights = ({ received }: TestReceiver) =>
            received.map(({ body }) => JSON.parse(body).data.weight);
        assert.deepEqual(weights(slow), [0, 0, 0, 10, 25, 50, 100]);
        assert.deepEqual(weights(quick), [10, 25, 50, 100]);
    });

    it("does not repeat an event", async () => {
        const { url, received } = await receiver();
        const notifier = notifierOf([{ type: "cloudevents", url }]);
        for (const weight of [25, 25, 50, 25]) notifier.send("waiting", about(weight));
        await notifier.flush(10_000);
        assert.equal(received.length, 3);
    });

    it("lists each refused notification once, and shows only the host of the URL", async () => {
        const { url, received } = await receiver({ status: 403, body: "invalid_token" });
        const secret = `${url.replace("//", "//me:p4ss@")}/services/T000/B000/XXXX?key=k3y`;
        const notifier = notifierOf([{ type: "slack", url: secret }]);
        notifier.send("promoted", about(100));
        const left = await notifier.flush(10_000);
        assert.deepEqual(left, [
            `slack ${url}: promoted at weight 100: answered 403 invalid_token`,
        ]);
        assert.equal(received.length, 1);
    });

    it("gives up on an event if the receiver is down, and tries the next event", async () => {
        const { url, close } = await startReceiver();
        await close();
        const notifier = notifierOf([{ type: "slack", url: `${url}/T000`, retries: 1 }]);
        notifier.send("phase", about(10));
        notifier.send("phase", about(25));
        assert.deepEqual(await notifier.flush(10_000), [
            `slack ${url}: phase at weight 10: ${url}: connection refused`,
            `slack ${url}: phase at weight 25: ${url}: connection refused`,
        ]);
    });

    it("ends when it is flushed, and lists undelivered notifications", async () => {
        const { url, arrived } = await receiver("never");
        const notifier = notifierOf([{ type: "cloudevents", url, timeout: "1m" }]);
        notifier.send("phase", about(10));
        notifier.send("phase", about(25));
        await arrived(1);
        const left = await notifier.flush(0);
        assert.deepEqual(
            left.map((line) => line.replace(/^.*: (phase at weight \d+): .*: /, "$1: ")),
            [
                "phase at weight 10: the driver cancelled the request",
                "phase at weight 25: the driver cancelled the request",
            ],
        );
    });

    it("drops the oldest notification if too many are waiting", async () => {
        const { url, received, arrived } = await receiver((response) => {
            void arrivedAll.then(() => response.writeHead(200).end());
        }, 200);
        let all = () => {};
        const arrivedAll = new Promise<void>((resolve) => {
            all = resolve;
        });
        const notifier = notifierOf([{ type: "cloudevents", url }], { longest: 2 });
        notifier.send("phase", about(1));
        await arrived(1);
        for (const weight of [2, 3, 4]) notifier.send("phase", about(weight));
        all();
        assert.deepEqual(await notifier.flush(10_000), [
            `cloudevents ${url}: phase at weight 2: dropped, because more than 2 were waiting`,
        ]);
        const weights = received.map(({ body }) => JSON.parse(body).data.weight);
        assert.deepEqual(weights, [1, 3, 4]);
    });
});

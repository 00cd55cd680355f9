// One conformance suite for all receivers: each event, also a hostile one, against what the service accepts.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import Ajv2020 from "ajv/dist/2020";
import { Webhook } from "standardwebhooks";
import { checkDriverConfig } from "../../../../canary/analysis/config/driverConfig";
import { NOTIFICATIONS } from "../../../../canary/analysis/config/notificationConfig";
import { packageUrl } from "../../../../canary/driver/notifications/cdEvent";
import { createNotifier } from "../../../../canary/driver/notifications/notifier";
import { type Reply, startReceiver } from "../../../fixtures/driver/receiver";
import { RECEIVER_SCHEMAS } from "../../../fixtures/driver/receiverSchemas";

const HOSTILE = `@everyone <!channel> <@U1> [a](https://evil.example) **b** ${"&\\_\u0000".repeat(20_000)}`;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const DIGEST = `sha256:${"ab".repeat(32)}`;
const IMAGES = { stable: "host:5000/acme/web:1.0.0", canary: `host:5000/acme/web:1.1.0@${DIGEST}` };

type Type = keyof typeof RECEIVER_SCHEMAS;
const MORE: Readonly<Partial<Record<Type, object>>> = {
    pagerduty: { routingKey: "r".repeat(32) },
    webhook: { secret: SECRET },
};
const TYPES = Object.keys(RECEIVER_SCHEMAS) as Type[];
/** Services that have no words for the other events. */
const SENT: Readonly<Partial<Record<Type, readonly string[]>>> = {
    pagerduty: ["started", "phase", "waiting", "rolledBack", "promoted", "held"],
    cdevents: ["rolledBack", "promoted"],
};

const clock = {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    sleep: async (milliseconds: number, signal?: AbortSignal) =>
        sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

async function sent(
    type: Type,
    events: readonly (typeof NOTIFICATIONS)[number][],
    reason: string,
    ...replies: Reply[]
) {
    const receiver = await startReceiver(...replies);
    try {
        const { url } = receiver;
        const config = checkDriverConfig({ notifications: [{ type, url, ...MORE[type] }] });
        assert.ok(config.ok, JSON.stringify(config));
        const receivers = config.config.notifications;
        const about = { app: "web", namespace: "shop", stack: "prod", images: IMAGES };
        const notifier = createNotifier({ receivers, about, clock, firstDelay: 1 });
        for (const event of events) notifier.send(event, { id: "web-1", weight: 25, reason });
        assert.deepEqual(await notifier.flush(10_000), []);
        return receiver.received;
    } finally {
        await receiver.close();
    }
}

describe("every receiver", () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });

    for (const type of TYPES) {
        const validate = ajv.compile(RECEIVER_SCHEMAS[type]);

        for (const [what, reason] of [
            ["a plain", "because"],
            ["a hostile", HOSTILE],
        ] as const) {
            it(`gets from ${type} what the service accepts, for ${what} reason`, async () => {
                const received = await sent(type, NOTIFICATIONS, reason);
                assert.equal(received.length, (SENT[type] ?? NOTIFICATIONS).length);
                for (const { headers, body } of received) {
                    assert.ok(validate(JSON.parse(body)), `${ajv.errorsText(validate.errors)}`);
                    assert.match(headers["content-type"] ?? "", /json/);
                }
            });
        }
    }

    it("accounts for every type of the config", () => {
        const unknown = checkDriverConfig({ notifications: [{ type: "fax" }] });
        assert.ok(!unknown.ok);
        const all = TYPES.join(", ");
        assert.ok(
            JSON.stringify(unknown.problems).includes(`one of ${all}`),
            JSON.stringify(unknown.problems),
        );
    });

    it("gets a message that Teams accepts in size, and no mention on Discord", async () => {
        const [teams] = await sent("teams", ["held"], HOSTILE);
        assert.ok(Buffer.byteLength(teams?.body ?? "") < 28_000);
        const [discord] = await sent("discord", ["held"], "@everyone [a](b)");
        const { embeds } = JSON.parse(discord?.body ?? "");
        assert.equal(embeds[0].description, "\\@everyone \\[a\\]\\(b\\)");
    });

    it("can verify a webhook with the reference library, and each attempt by itself", async () => {
        const received = await sent("webhook", ["promoted"], "it baked", 503, 200);
        assert.equal(received.length, 2);
        const ids = received.map(({ headers, body }) => {
            new Webhook(SECRET).verify(body, headers as Record<string, string>);
            assert.throws(() =>
                new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>),
            );
            return headers["webhook-id"];
        });
        assert.equal(ids[0], ids[1], "a receiver can tell a retry from a second event");
        const { type, data } = JSON.parse(received[0]?.body ?? "");
        assert.deepEqual(
            [type, data.rollout, data.reason],
            ["rollout.promoted", "web-1", "it baked"],
        );
    });

    it("gets one PagerDuty alert per app, which the next rollout resolves", async () => {
        const received = await sent("pagerduty", ["held", "started"], "the rollback failed");
        const [held, started] = received.map(({ body }) => JSON.parse(body));
        assert.equal(held.dedup_key, started.dedup_key);
        assert.deepEqual([held.event_action, started.event_action], ["trigger", "resolve"]);
        assert.equal(held.payload.severity, "critical");
    });

    it("gets the version that serves now as the CDEvent's artifact", async () => {
        const received = await sent("cdevents", ["promoted", "rolledBack"], "because");
        const artifacts = received.map(
            ({ body }) => JSON.parse(body).data.subject.content.artifactId,
        );
        const repository = "repository_url=host%3A5000%2Facme%2Fweb";
        assert.deepEqual(artifacts, [
            `pkg:oci/web@${encodeURIComponent(DIGEST)}?${repository}&tag=1.1.0`,
            `pkg:oci/web?${repository}&tag=1.0.0`,
        ]);
        assert.equal(packageUrl(undefined, "web"), "pkg:generic/web");
        assert.equal(packageUrl("web", "web"), "pkg:oci/web?repository_url=web");
    });

    it("never shows a key of PagerDuty in an error", () => {
        const routingKey = { a: "s3cret" };
        const result = checkDriverConfig({ notifications: [{ type: "pagerduty", routingKey }] });
        assert.ok(!result.ok && !JSON.stringify(result).includes("s3cret"));
    });
});

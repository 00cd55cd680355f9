import assert from "node:assert/strict";
import { packPolicies } from "../../policy/packPolicies";
import { rules } from "../../rollout/rules";
import { manifestsAsData } from "../fixtures/rollout/rollout";
import { analyze, analyzeStack, NOT_KNOWN, type Subject } from "../fixtures/rules/policyHost";

const pack = packPolicies(rules);

const TOKENS: Record<string, string> = {
    Service: "kubernetes:core/v1:Service",
    ServiceAccount: "kubernetes:core/v1:ServiceAccount",
    Deployment: "kubernetes:apps/v1:Deployment",
    DestinationRule: "kubernetes:networking.istio.io/v1:DestinationRule",
    VirtualService: "kubernetes:networking.istio.io/v1:VirtualService",
};

/** A valid rollout at weight 10, as the engine passes it to the pack. */
function subjects(): Subject[] {
    return manifestsAsData({ weight: 10, stableOnlyPaths: [] }).map((props) => ({
        type: TOKENS[props.kind] ?? "",
        name: props.kind,
        props,
    }));
}

function route(http: unknown, version = "v1"): Subject {
    return {
        type: `kubernetes:networking.istio.io/${version}:VirtualService`,
        props: { metadata: { name: "reviews", namespace: "shop" }, spec: { http: [http] } },
    };
}

const to = (subset: string, weight: unknown) => ({
    destination: { host: "reviews.shop.svc.cluster.local", subset },
    weight,
});

function rollout(last: unknown, weight: unknown): Subject {
    const v2 = weight;
    const v1 = typeof weight === "number" ? 100 - weight : weight;
    return {
        type: "istio-canary:index:CanaryRollout",
        props: {
            step: {
                route: "demo/web",
                shares: { v1, v2 },
                stable: "v1",
                canary: "v2",
                ladder: [10, 25, 50, 100],
                last,
            },
        },
    };
}

describe("the policy pack", () => {
    it("has a policy for each rule, with its name, description, level and options", () => {
        assert.deepEqual(
            pack.slice(1).map(({ name, description, enforcementLevel, configSchema }) => ({
                id: name,
                description,
                severity: enforcementLevel,
                options: configSchema?.properties,
            })),
            rules.map(({ id, description, severity, options }) => ({
                id,
                description,
                severity,
                options,
            })),
        );
    });

    it("accepts a valid rollout", async () => {
        for (const subject of subjects()) assert.deepEqual(await analyze(pack, subject), []);
        assert.deepEqual(await analyzeStack(pack, subjects()), []);
    });

    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
        it(`rejects a hand-written VirtualService of ${version} without a timeout`, async () => {
            const found = await analyze(pack, route({ route: [to("v1", 100)] }, version));
            assert.deepEqual(found, [
                {
                    policy: "http-timeout",
                    level: "mandatory",
                    message:
                        'Every HTTP route of a VirtualService or HTTPRoute must have a timeout.\nVirtualService shop/reviews: spec.http[0].timeout: expected a duration above 0 and up to 1h, such as "5s", got nothing. Set the route\'s timeout: Istio has none by default, so a slow version blocks all its callers. See docs/policy/rules/resilience/http-timeout.md.',
                },
            ]);
        });
    }

    it("rejects invalid weights", async () => {
        const http = { timeout: "5s", route: [to("v1", 90), to("v2", 20.5)] };
        const found = await analyze(pack, route(http));
        assert.deepEqual(
            found.map(({ policy, level }) => `${level} ${policy}`),
            ["mandatory object-schema", "mandatory weight-range", "mandatory weight-sum"],
        );
    });

    it("rejects weight on a version without pods", async () => {
        const found = await analyzeStack(
            pack,
            subjects().filter(
                ({ props }) => (props.metadata as { name: string }).name !== "web-v2",
            ),
        );
        assert.deepEqual(
            found.map(({ policy, level }) => `${level} ${policy}`),
            ["mandatory weight-capacity"],
        );
    });

    it("recognizes an app by its Service, a kind of the core API group", async () => {
        const found = await analyzeStack(
            pack,
            subjects().filter(({ type }) => type !== TOKENS.Deployment),
        );
        assert.deepEqual(
            found.map(({ policy }) => policy),
            ["weight-capacity", "weight-capacity", "way-back"],
        );
    });

    it("rejects more than one step of the ladder up, and accepts any step down", async () => {
        const at = (v2: number) => ({ shares: { v1: 100 - v2, v2 }, stable: "v1" });
        const found = await analyzeStack(pack, [rollout(at(10), 100)]);
        assert.deepEqual(found, [
            {
                policy: "weight-step",
                level: "mandatory",
                message:
                    "An update must not raise the canary's weight by more than one step of the ladder.\nVirtualService demo/web: weight of subset v2: expected at most 25 after 10 (ladder 10, 25, 50, 100), got 100. Set `weight` to 25 and let that phase pass first. You can always lower the weight. See docs/policy/rules/weights/weight-step.md.",
            },
        ]);
        assert.deepEqual(await analyzeStack(pack, [rollout(at(50), 0)]), []);
    });

    it("reports an exempted finding as advisory", async () => {
        const exempt = packPolicies(rules, () => "2026-11-21");
        const findingsWith = (text: string) => {
            const subject = route({ route: [to("v1", 100)] });
            const annotations = { "exempt.istio-canary.dev/http-timeout": text };
            const metadata = { name: "reviews", namespace: "shop", annotations };
            return analyze(exempt, { ...subject, props: { ...subject.props, metadata } });
        };
        const current = await findingsWith("2026-11-21 long polling");
        assert.deepEqual(
            current.map(({ level, policy }) => `${level} ${policy}`),
            ["advisory http-timeout"],
        );
        assert.match(
            current[0]?.message ?? "",
            /exempt until 2026-11-21 \(long polling\): VirtualService shop\/reviews/,
        );
        const expired = await findingsWith("2026-11-20 long polling");
        assert.deepEqual(
            expired.map(({ level, policy }) => `${level} ${policy}`),
            ["mandatory http-timeout"],
        );
    });

    it("ignores other resources", async () => {
        const bucket = { type: "aws:s3/bucket:Bucket", props: { spec: { http: [{}] } } };
        assert.deepEqual(await analyze(pack, bucket), []);
        assert.deepEqual(await analyzeStack(pack, [bucket]), []);
    });
});

describe("the policy pack with values that are unknown in preview", () => {
    it("checks known values, reports unknown ones, and disables no rule", async () => {
        const http = { timeout: NOT_KNOWN, route: [to("v1", NOT_KNOWN), to("v2", 101)] };
        const found = await analyze(pack, route(http));
        assert.deepEqual(
            found.map(({ policy, level, message }) => [level, policy, message.split(": ")[1]]),
            [
                ["advisory", "weight-range", "spec.http[0].route[0].weight"],
                ["mandatory", "weight-range", "spec.http[0].route[1].weight"],
                ["mandatory", "weight-sum", "spec.http[0].route"],
                ["advisory", "http-timeout", "spec.http[0].timeout"],
            ],
        );
        assert.ok(!found.some(({ message }) => message.includes("can't run policy")));
    });

    it("checks a route next to unknown fields", async () => {
        const subject = route({ timeout: "5s", route: [to("v1", 100)], match: NOT_KNOWN });
        const props = { ...subject.props, metadata: NOT_KNOWN, status: NOT_KNOWN };
        assert.deepEqual(await analyze(pack, { ...subject, props }), []);
    });

    it("reports an unknown spec", async () => {
        const { metadata } = route({}).props;
        const subject = { ...route({}), props: { metadata, spec: NOT_KNOWN } };
        const found = await analyze(pack, subject);
        assert.deepEqual([...new Set(found.map(({ level }) => level))], ["advisory"]);
        assert.deepEqual(
            [...new Set(found.map(({ policy }) => policy))],
            ["weight-range", "weight-sum", "http-timeout", "full-host", "unreachable-route"],
        );
    });

    it("reports an unknown step", async () => {
        const unread = "The previous update's weights could not be read: no access.";
        const all = ["advisory weight-step", "advisory role-swap", "advisory slot-in-use"];
        const idle = "advisory idle-version";
        const cases: [Subject, string[]][] = [
            [
                { ...rollout({}, 0), props: { step: NOT_KNOWN } },
                [...all, "advisory slot-in-use", idle],
            ],
            [rollout(NOT_KNOWN, 10), [...all, "advisory slot-in-use"]],
            [rollout(unread, 10), ["advisory weight-step"]],
        ];
        for (const [subject, expected] of cases) {
            const found = await analyzeStack(pack, [subject]);
            assert.deepEqual(
                found.map(({ policy, level }) => `${level} ${policy}`),
                expected,
            );
        }
    });
});

import assert from "node:assert/strict";
import { asPolicy } from "../../policy/asPolicy";
import { rules } from "../../rollout/rules";
import { manifestsAsData } from "../fixtures/rollout/rollout";
import { analyze, analyzeStack, NOT_KNOWN, type Subject } from "../fixtures/rules/policyHost";

const pack = rules.map((rule) => asPolicy(rule));

const TOKENS: Record<string, string> = {
    Service: "kubernetes:core/v1:Service",
    ServiceAccount: "kubernetes:core/v1:ServiceAccount",
    Deployment: "kubernetes:apps/v1:Deployment",
    DestinationRule: "kubernetes:networking.istio.io/v1:DestinationRule",
    VirtualService: "kubernetes:networking.istio.io/v1:VirtualService",
};

/** A valid rollout at weight 10 as the engine shows it to the pack. */
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
    it("should have a policy for each rule, with its name, description, level and options", () => {
        assert.deepEqual(
            pack.map(({ name, description, enforcementLevel, configSchema }) => ({
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

    it("should pass a valid rollout", async () => {
        for (const subject of subjects()) assert.deepEqual(await analyze(pack, subject), []);
        assert.deepEqual(await analyzeStack(pack, subjects()), []);
    });

    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
        it(`should refuse a hand-written VirtualService of ${version} without timeout`, async () => {
            const found = await analyze(pack, route({ route: [to("v1", 100)] }, version));
            assert.deepEqual(found, [
                {
                    policy: "http-timeout",
                    level: "mandatory",
                    message:
                        "Every HTTP route has a timeout, in a VirtualService and in an HTTPRoute.\nVirtualService shop/reviews: spec.http[0].timeout: expected a duration above 0 and up to 1h, such as \"5s\", got nothing. Set the route's timeout: Istio's default is none, and one slow version then holds every caller. See docs/policy/rules/resilience/http-timeout.md.",
                },
            ]);
        });
    }

    it("should refuse wrong weights", async () => {
        const http = { timeout: "5s", route: [to("v1", 90), to("v2", 20.5)] };
        const found = await analyze(pack, route(http));
        assert.deepEqual(
            found.map(({ policy, level }) => `${level} ${policy}`),
            ["mandatory weight-range", "mandatory weight-sum"],
        );
    });

    it("should refuse weight on a version without pods", async () => {
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

    it("should know an app by its Service, a kind of Kubernetes' core", async () => {
        const found = await analyzeStack(
            pack,
            subjects().filter(({ type }) => type !== TOKENS.Deployment),
        );
        assert.deepEqual(
            found.map(({ policy }) => policy),
            ["weight-capacity", "weight-capacity", "way-back"],
        );
    });

    it("should refuse a step beyond the ladder and let the way down pass", async () => {
        const at = (v2: number) => ({ shares: { v1: 100 - v2, v2 }, stable: "v1" });
        const found = await analyzeStack(pack, [rollout(at(10), 100)]);
        assert.deepEqual(found, [
            {
                policy: "weight-step",
                level: "mandatory",
                message:
                    "The canary's weight rises by at most one step of the ladder from one update to the next.\nVirtualService demo/web: weight of subset v2: expected at most 25 after 10 (ladder 10, 25, 50, 100), got 100. Set weight to 25 first and see that it holds; down to 0 is always allowed. See docs/policy/rules/weights/weight-step.md.",
            },
        ]);
        assert.deepEqual(await analyzeStack(pack, [rollout(at(50), 0)]), []);
    });

    it("should let an exempted finding pass, and list it", async () => {
        const exempt = rules.map((rule) => asPolicy(rule, () => "2026-11-21"));
        const exempted = (text: string) => {
            const subject = route({ route: [to("v1", 100)] });
            const annotations = { "exempt.istio-canary.dev/http-timeout": text };
            const metadata = { name: "reviews", namespace: "shop", annotations };
            return analyze(exempt, { ...subject, props: { ...subject.props, metadata } });
        };
        const held = await exempted("2026-11-21 long polling");
        assert.deepEqual(
            held.map(({ level, policy }) => `${level} ${policy}`),
            ["advisory http-timeout"],
        );
        assert.match(
            held[0]?.message ?? "",
            /exempted until 2026-11-21, long polling: VirtualService shop\/reviews/,
        );
        const over = await exempted("2026-11-20 long polling");
        assert.deepEqual(
            over.map(({ level, policy }) => `${level} ${policy}`),
            ["mandatory http-timeout"],
        );
    });

    it("should leave other resources alone", async () => {
        const bucket = { type: "aws:s3/bucket:Bucket", props: { spec: { http: [{}] } } };
        assert.deepEqual(await analyze(pack, bucket), []);
        assert.deepEqual(await analyzeStack(pack, [bucket]), []);
    });
});

describe("the policy pack on values that a preview does not know", () => {
    it("should judge what is known and say what is not, switching no rule off", async () => {
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

    it("should judge a route whose neighbours are not known", async () => {
        const subject = route({ timeout: "5s", route: [to("v1", 100)], match: NOT_KNOWN });
        const props = { ...subject.props, metadata: NOT_KNOWN, status: NOT_KNOWN };
        assert.deepEqual(await analyze(pack, { ...subject, props }), []);
    });

    it("should say so when a whole spec is not known", async () => {
        const subject = { ...route({}), props: { spec: NOT_KNOWN } };
        const found = await analyze(pack, subject);
        assert.deepEqual([...new Set(found.map(({ level }) => level))], ["advisory"]);
        assert.deepEqual(
            [...new Set(found.map(({ policy }) => policy))],
            ["weight-range", "weight-sum", "http-timeout", "full-host"],
        );
    });

    it("should say so when the step is not known", async () => {
        const unread = "The last update's weights could not be read: no access.";
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

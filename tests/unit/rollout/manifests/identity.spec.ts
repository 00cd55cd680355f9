import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig } from "../../../../rollout/config/rolloutConfig";
import { planOf } from "../../../../rollout/plan/plan";
import { principalsOf } from "../../../../rollout/plan/principals";
import { validConfig, validInput, validManifests } from "../../../fixtures/rollout/rollout";

describe("principalsOf", () => {
    it("contains the trust domain and the versions' ServiceAccounts", () => {
        const plan = planOf(validConfig({ trustDomain: "prod.example" }));
        assert.deepEqual(plan.principals, {
            v1: "prod.example/ns/demo/sa/web-v1",
            v2: "prod.example/ns/demo/sa/web-v2",
        });
        const accounts = validManifests().workloads.map(
            ({ serviceAccount }) => serviceAccount.metadata.name,
        );
        assert.deepEqual(accounts, ["web-v1", "web-v2"]);
    });

    it("contains both slots, even if one has no version", () => {
        const config = validConfig({ versions: { v1: { image: "web:1" } } });
        assert.deepEqual(Object.keys(planOf(config).principals), ["v1", "v2"]);
        assert.deepEqual(
            principalsOf({ app: "a", namespace: "b", trustDomain: "c" }).v2,
            "c/ns/b/sa/a-v2",
        );
    });
});

describe("mtls and callers", () => {
    it("create nothing by default", () => {
        const { peerAuthentication, authorizationPolicy } = validManifests();
        assert.equal(peerAuthentication, undefined);
        assert.equal(authorizationPolicy, undefined);
    });

    it("select the app, never one version", () => {
        const { peerAuthentication, authorizationPolicy } = validManifests({
            mtls: "strict",
            callers: { namespaces: ["shop"] },
        });
        assert.deepEqual(peerAuthentication?.spec, {
            selector: { matchLabels: { app: "web" } },
            mtls: { mode: "STRICT" },
        });
        assert.deepEqual(authorizationPolicy?.spec.selector, { matchLabels: { app: "web" } });
        assert.equal(authorizationPolicy?.spec.action, "ALLOW");
    });

    it("allow namespaces, principals, and both versions of each rollout", () => {
        const { authorizationPolicy } = validManifests({
            callers: {
                namespaces: ["shop"],
                principals: ["cluster.local/ns/edge/sa/gateway"],
                rollouts: ["shop/basket"],
            },
        });
        assert.deepEqual(authorizationPolicy?.spec.rules, [
            {
                from: [
                    { source: { namespaces: ["shop"] } },
                    {
                        source: {
                            principals: [
                                "cluster.local/ns/edge/sa/gateway",
                                "cluster.local/ns/shop/sa/basket-v1",
                                "cluster.local/ns/shop/sa/basket-v2",
                            ],
                        },
                    },
                ],
            },
        ]);
    });

    const refused: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "an unknown mode",
            { mtls: "STRICT" },
            'mtls: expected one of mesh, strict, permissive, got "STRICT".',
        ],
        [
            "an empty list of callers",
            { callers: { namespaces: [] } },
            "callers.namespaces: expected a list with at least one item, or no key, got [].",
        ],
        [
            "a principal as a SPIFFE URI",
            { callers: { principals: ["spiffe://cluster.local/ns/a/sa/b"] } },
            'callers.principals[0]: expected a principal without "spiffe://", such as "cluster.local/ns/shop/sa/basket", got "spiffe://cluster.local/ns/a/sa/b".',
        ],
        [
            "a rollout without a namespace",
            { callers: { rollouts: ["basket"] } },
            'callers.rollouts[0]: expected the namespace and app of another rollout, such as "shop/basket", got "basket".',
        ],
        [
            "an unknown key of callers",
            { callers: { namespaces: ["shop"], rollout: ["shop/basket"] } },
            "callers.rollout: unknown key; did you mean `rollouts`?",
        ],
        [
            "an invalid trust domain",
            { trustDomain: "spiffe://cluster.local" },
            'trustDomain: expected a trust domain without "spiffe://", such as "cluster.local", got "spiffe://cluster.local".',
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`reject ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

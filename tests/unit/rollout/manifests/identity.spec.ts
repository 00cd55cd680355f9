import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig } from "../../../../rollout/config/rolloutConfig";
import { planOf } from "../../../../rollout/plan/plan";
import { principalsOf } from "../../../../rollout/plan/principals";
import { validConfig, validInput, validManifests } from "../../../fixtures/rollout/rollout";

describe("principalsOf", () => {
    it("should name the ServiceAccounts that the versions run as, in the trust domain", () => {
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

    it("should name both, also where one does not run", () => {
        const config = validConfig({ versions: { v1: { image: "web:1" } } });
        assert.deepEqual(Object.keys(planOf(config).principals), ["v1", "v2"]);
        assert.deepEqual(
            principalsOf({ app: "a", namespace: "b", trustDomain: "c" }).v2,
            "c/ns/b/sa/a-v2",
        );
    });
});

describe("mtls and callers", () => {
    it("should make nothing unless asked", () => {
        const { peerAuthentication, authorizationPolicy } = validManifests();
        assert.equal(peerAuthentication, undefined);
        assert.equal(authorizationPolicy, undefined);
    });

    it("should be of the app, never of one version", () => {
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

    it("should let in namespaces, principals, and both versions of each rollout", () => {
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
            "a mode that is none",
            { mtls: "STRICT" },
            'mtls: expected one of mesh, strict, permissive, got "STRICT".',
        ],
        [
            "callers that name nobody",
            { callers: { namespaces: [] } },
            "callers.namespaces: expected at least one of the namespaces, or no key, got [].",
        ],
        [
            "a principal as a SPIFFE URI",
            { callers: { principals: ["spiffe://cluster.local/ns/a/sa/b"] } },
            'callers.principals[0]: expected a principal without "spiffe://", such as "cluster.local/ns/shop/sa/basket", got "spiffe://cluster.local/ns/a/sa/b".',
        ],
        [
            "a rollout without namespace",
            { callers: { rollouts: ["basket"] } },
            'callers.rollouts[0]: expected the namespace and app of another rollout, such as "shop/basket", got "basket".',
        ],
        [
            "a caller's key that is none",
            { callers: { namespaces: ["shop"], rollout: ["shop/basket"] } },
            "callers.rollout: unknown key; did you mean `rollouts`?",
        ],
        [
            "a trust domain that is none",
            { trustDomain: "spiffe://cluster.local" },
            'trustDomain: expected a trust domain without "spiffe://", such as "cluster.local", got "spiffe://cluster.local".',
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`should refuse ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { bothPrincipals } from "../../../../../rollout/rules/identity/bothPrincipals";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf } from "../../../../fixtures/rules/findings";

const V1 = "cluster.local/ns/shop/sa/web-v1";
const V2 = "cluster.local/ns/shop/sa/web-v2";

/** An AuthorizationPolicy with a rule for each list of sources. */
function policy(...rules: unknown[]): Manifest {
    return {
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { name: "ratings", namespace: "shop" },
        spec: { action: "ALLOW", rules: rules.map((from) => ({ from })) },
    };
}

const names = (...principals: unknown[]) => ({ source: { principals } });
const texts = (manifest: Manifest, options = {}) => textsOf(bothPrincipals, [manifest], options);

function refused(name: string, twin: string, path = "spec.rules[0].from[0].source.principals[0]") {
    return `AuthorizationPolicy shop/ratings: ${path}: expected ${name} together with ${twin}, got "${name}". Name both: each version has its own identity, and both send requests during a rollout.`;
}

describe("both-principals", () => {
    it("refuses either version without the other", () => {
        assert.deepEqual(texts(policy([names(V1)])), [refused(V1, V2)]);
        assert.deepEqual(texts(policy([names(V2)])), [refused(V2, V1)]);
    });

    it("passes both versions, in one source or in several sources of a rule", () => {
        assert.deepEqual(texts(policy([names(V1, V2)])), []);
        assert.deepEqual(texts(policy([names(V1), names(V2)])), []);
    });

    it("refuses the versions in two rules, which may allow different requests", () => {
        const second = "spec.rules[1].from[0].source.principals[0]";
        assert.deepEqual(texts(policy([names(V1)], [names(V2)])), [
            refused(V1, V2),
            refused(V2, V1, second),
        ]);
    });

    it("passes a pattern that matches the other version", () => {
        assert.deepEqual(texts(policy([names(V1, "cluster.local/ns/shop/sa/*")])), []);
        assert.deepEqual(texts(policy([names("*/sa/web-v1", "*/sa/web-v2")])), []);
        assert.deepEqual(texts(policy([names(V1, "*/sa/web-v3")])), [refused(V1, V2)]);
    });

    it("ignores other names, and rules without sources", () => {
        assert.deepEqual(texts(policy([names("cluster.local/ns/shop/sa/basket")])), []);
        assert.deepEqual(texts(policy(undefined)), []);
    });

    it("also reads serviceAccounts", () => {
        const found = texts(policy([{ source: { serviceAccounts: ["shop/web-v1"] } }]));
        const path = "spec.rules[0].from[0].source.serviceAccounts[0]";
        assert.deepEqual(found, [refused("shop/web-v1", "shop/web-v2", path)]);
    });

    it("passes a name in the option single", () => {
        assert.deepEqual(texts(policy([names(V1)]), { single: ["web-v1"] }), []);
        assert.deepEqual(texts(policy([names(V1)]), { single: ["b-v1"] }), [refused(V1, V2)]);
    });

    it("reports unknown names", () => {
        for (const from of [[names(V1, UNKNOWN)], UNKNOWN]) {
            const [text, ...more] = texts(policy(from));
            assert.match(text ?? "", /an unknown value/);
            assert.deepEqual(more, []);
        }
    });

    it("passes the AuthorizationPolicy that `callers` creates", () => {
        const manifests = manifestsAsData({ callers: { rollouts: ["shop/basket"] } });
        assert.deepEqual(textsOf(bothPrincipals, manifests), []);
        assert.equal(manifests.filter(({ kind }) => kind === "AuthorizationPolicy").length, 1);
    });
});

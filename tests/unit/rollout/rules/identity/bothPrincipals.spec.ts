import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { bothPrincipals } from "../../../../../rollout/rules/identity/bothPrincipals";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf } from "../../../../fixtures/rules/findings";

const V1 = "cluster.local/ns/shop/sa/web-v1";
const V2 = "cluster.local/ns/shop/sa/web-v2";

/** An AuthorizationPolicy with one rule per list of sources. */
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

function alone(name: string, twin: string, path = "spec.rules[0].from[0].source.principals[0]") {
    return `AuthorizationPolicy shop/ratings: ${path}: expected ${name} together with ${twin}, got "${name}". Name both: the versions take turns in carrying requests, and each calls with its own identity.`;
}

describe("both-principals", () => {
    it("should refuse one version without the other, whichever it is", () => {
        assert.deepEqual(texts(policy([names(V1)])), [alone(V1, V2)]);
        assert.deepEqual(texts(policy([names(V2)])), [alone(V2, V1)]);
    });

    it("should pass both, in one source or in several of one rule", () => {
        assert.deepEqual(texts(policy([names(V1, V2)])), []);
        assert.deepEqual(texts(policy([names(V1), names(V2)])), []);
    });

    it("should refuse them in two rules, which may allow different things", () => {
        const second = "spec.rules[1].from[0].source.principals[0]";
        assert.deepEqual(texts(policy([names(V1)], [names(V2)])), [
            alone(V1, V2),
            alone(V2, V1, second),
        ]);
    });

    it("should pass a pattern that holds the other one", () => {
        assert.deepEqual(texts(policy([names(V1, "cluster.local/ns/shop/sa/*")])), []);
        assert.deepEqual(texts(policy([names("*/sa/web-v1", "*/sa/web-v2")])), []);
        assert.deepEqual(texts(policy([names(V1, "*/sa/web-v3")])), [alone(V1, V2)]);
    });

    it("should leave other names, and rules without sources, alone", () => {
        assert.deepEqual(texts(policy([names("cluster.local/ns/shop/sa/basket")])), []);
        assert.deepEqual(texts(policy(undefined)), []);
    });

    it("should read serviceAccounts too", () => {
        const found = texts(policy([{ source: { serviceAccounts: ["shop/web-v1"] } }]));
        const path = "spec.rules[0].from[0].source.serviceAccounts[0]";
        assert.deepEqual(found, [alone("shop/web-v1", "shop/web-v2", path)]);
    });

    it("should pass a name that is listed as single", () => {
        assert.deepEqual(texts(policy([names(V1)]), { single: ["web-v1"] }), []);
        assert.deepEqual(texts(policy([names(V1)]), { single: ["b-v1"] }), [alone(V1, V2)]);
    });

    it("should wait for names that are not known yet", () => {
        for (const from of [[names(V1, UNKNOWN)], UNKNOWN]) {
            const [text, ...more] = texts(policy(from));
            assert.match(text ?? "", /not known yet/);
            assert.deepEqual(more, []);
        }
    });

    it("should pass what callers make", () => {
        const manifests = manifestsAsData({ callers: { rollouts: ["shop/basket"] } });
        assert.deepEqual(textsOf(bothPrincipals, manifests), []);
        assert.equal(manifests.filter(({ kind }) => kind === "AuthorizationPolicy").length, 1);
    });
});

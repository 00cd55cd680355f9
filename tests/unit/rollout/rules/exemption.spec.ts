import assert from "node:assert/strict";
import { parseExemption } from "../../../../rollout/config/topics/exemptions";
import { exemptionFrom } from "../../../../rollout/rules/exemptions/exemption";
import { world } from "../../../fixtures/rules/world";

const TODAY = "2026-11-21";

/** The valid program with these annotations on all objects of a kind. */
function exempted(kind: string, annotations: Record<string, string>) {
    return world().map((one) =>
        one.kind === kind
            ? { ...one, metadata: { ...(one.metadata as object), annotations } }
            : one,
    );
}

describe("parseExemption", () => {
    it("parses the last day and the reason, and trims the reason", () => {
        assert.deepEqual(parseExemption("2026-12-31  long\npolling \n"), {
            until: "2026-12-31",
            reason: "long\npolling",
        });
    });

    for (const text of ["2026-12-31", "2026-12-31 ", "by 2026-12-31 polling", "26-12-31 polling"]) {
        it(`rejects ${JSON.stringify(text)}`, () => {
            assert.equal(parseExemption(text), undefined);
        });
    }
});

describe("exemptionFrom", () => {
    const from = (rule: string, resource: string, text: string) =>
        exemptionFrom(
            rule,
            resource,
            exempted("VirtualService", { "exempt.istio-canary.dev/http-timeout": text }),
            TODAY,
        );

    it("finds the exemption of the rule and the object, through its last day", () => {
        const found = from("http-timeout", "VirtualService shop/reviews", `${TODAY} polling`);
        assert.deepEqual(found, { until: TODAY, reason: "polling" });
    });

    it("finds an annotation with the prefix of an earlier release", () => {
        const annotations = { "exempt.rollout/http-timeout": `${TODAY} polling` };
        const manifests = exempted("VirtualService", annotations);
        const resource = "VirtualService shop/reviews";
        const found = exemptionFrom("http-timeout", resource, manifests, TODAY);
        assert.deepEqual(found, { until: TODAY, reason: "polling" });
    });

    it("ignores an expired exemption", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-11-20 polling"), undefined);
    });

    it("ignores the exemption of another object", () => {
        const resource = "HTTPRoute shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-12-31 polling"), undefined);
    });

    it("ignores an exemption from another rule", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("retry-attempts", resource, "2026-12-31 polling"), undefined);
    });

    it("ignores an exemption without a reason", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-12-31"), undefined);
    });
});

import assert from "node:assert/strict";
import { parseExemption } from "../../../../rollout/config/topics/exemptions";
import { exemptionFrom } from "../../../../rollout/rules/exemptions/exemption";
import { world } from "../../../fixtures/rules/world";

const TODAY = "2026-11-21";

/** The valid program, whose objects of one kind bear an exemption. */
function exempted(kind: string, annotations: Record<string, string>) {
    return world().map((one) =>
        one.kind === kind
            ? { ...one, metadata: { ...(one.metadata as object), annotations } }
            : one,
    );
}

describe("parseExemption", () => {
    it("should take the last day and the reason, without space around it", () => {
        assert.deepEqual(parseExemption("2026-12-31  long\npolling \n"), {
            until: "2026-12-31",
            reason: "long\npolling",
        });
    });

    for (const text of ["2026-12-31", "2026-12-31 ", "by 2026-12-31 polling", "26-12-31 polling"]) {
        it(`should not take ${JSON.stringify(text)}`, () => {
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

    it("should find the one of the rule and the object, through its last day", () => {
        const found = from("http-timeout", "VirtualService shop/reviews", `${TODAY} polling`);
        assert.deepEqual(found, { until: TODAY, reason: "polling" });
    });

    it("should find one under the name of an earlier release", () => {
        const annotations = { "exempt.rollout/http-timeout": `${TODAY} polling` };
        const manifests = exempted("VirtualService", annotations);
        const resource = "VirtualService shop/reviews";
        const found = exemptionFrom("http-timeout", resource, manifests, TODAY);
        assert.deepEqual(found, { until: TODAY, reason: "polling" });
    });

    it("should find none that is over", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-11-20 polling"), undefined);
    });

    it("should find none of another object", () => {
        const resource = "HTTPRoute shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-12-31 polling"), undefined);
    });

    it("should find none from another rule", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("retry-attempts", resource, "2026-12-31 polling"), undefined);
    });

    it("should find none in one that has no reason", () => {
        const resource = "VirtualService shop/reviews";
        assert.equal(from("http-timeout", resource, "2026-12-31"), undefined);
    });
});

import assert from "node:assert/strict";
import {
    ejectedPods,
    requestRate,
    selectionOf,
    serviceMatcher,
} from "../../../../../canary/analysis/counts/queries";

const rollout = { app: "web", namespace: "shop", port: 80 };
const routed = { ...rollout, routing: "gateway-api" };

describe("queries about a rollout with an HTTPRoute", () => {
    it("count the requests to the slots' Services, and to the shared one before a switch to it", () => {
        assert.equal(serviceMatcher(rollout), 'destination_service="web.shop.svc.cluster.local"');
        const [, regex = ""] = /^destination_service=~"(.*)"$/.exec(serviceMatcher(routed)) ?? [];
        const matches = (name: string) => new RegExp(`^(?:${regex})$`).test(name);
        for (const app of ["web", "web-v1", "web-v2"]) {
            assert.ok(matches(`${app}.shop.svc.cluster.local`), app);
        }
        for (const app of ["web-v3", "other", "web.shop"]) {
            assert.ok(!matches(`${app}.shop.svc.cluster.local`), app);
        }
        assert.ok(
            requestRate(selectionOf(routed), "1m", "v2").includes('destination_version="v2"'),
        );
    });

    it("follow another cluster domain", () => {
        const elsewhere = { ...routed, host: "web.shop.svc.corp.example" };
        assert.match(
            serviceMatcher(elsewhere),
            /\|web-v2\[\.\]shop\[\.\]svc\[\.\]corp\[\.\]example"$/,
        );
    });

    it("find Envoy's own metrics by the cluster of the slot's Service", () => {
        assert.match(
            ejectedPods(selectionOf(routed), "v2"),
            /cluster_name="outbound\|80\|\|web-v2\.shop\.svc\.cluster\.local"/,
        );
        assert.match(
            ejectedPods(selectionOf({ ...routed, otherPorts: [9000] }), "v2"),
            /cluster_name=~"outbound\[\|\]\(80\|9000\)\[\|\]\[\|\]web-v2\[\.\]shop/,
        );
    });
});

import assert from "node:assert/strict";
import { readClusterObjects } from "../../../../../canary/driver/kubernetes/clusterObjects";
import { ApiError, type Resource } from "../../../../../canary/driver/kubernetes/kubernetes";

const listCore = async () => [{ metadata: { name: "web", namespace: "demo" } }];
const object = { metadata: { name: "web", namespace: "demo" } };

describe("readClusterObjects", () => {
    it("lists routes everywhere and autoscalers in the namespace, with their kinds", async () => {
        const asked: string[] = [];
        const list = async ({ plural }: Resource, namespace?: string) => {
            asked.push(`${plural} ${namespace ?? "*"}`);
            return plural === "scaledobjects" ? [] : [object];
        };
        const { virtualServices, autoscalers, services, denied } = await readClusterObjects(
            { list, listCore },
            "demo",
        );
        assert.deepEqual(denied, []);
        assert.deepEqual(virtualServices, [
            { ...object, apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
        ]);
        assert.deepEqual(services, [{ ...object, apiVersion: "v1", kind: "Service" }]);
        assert.equal(autoscalers[0]?.kind, "HorizontalPodAutoscaler");
        assert.deepEqual(asked.sort(), [
            "destinationrules *",
            "horizontalpodautoscalers demo",
            "httproutes *",
            "scaledobjects demo",
            "virtualservices *",
        ]);
    });

    it("looks in the own namespace if the role allows no more, and says so", async () => {
        const list = async ({ plural }: Resource, namespace?: string) => {
            if (namespace === undefined || plural === "scaledobjects") {
                throw new ApiError(403, "forbidden");
            }
            return [object];
        };
        const found = await readClusterObjects({ list, listCore }, "demo");
        assert.equal(found.virtualServices.length, 1);
        assert.deepEqual([...found.denied].sort(), [
            "destinationrules in other namespaces",
            "httproutes in other namespaces",
            "scaledobjects in demo",
            "virtualservices in other namespaces",
        ]);
    });
});

import assert from "node:assert/strict";
import { CanaryRollout, type CanaryRolloutArgs } from "../../components";
import { registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs } from "../fixtures/rollout/rollout";

/** Names of the objects that `pulumi destroy` leaves in the cluster. */
async function retained(change: Partial<CanaryRolloutArgs>): Promise<string[]> {
    const program = () => void new CanaryRollout("web", validArgs(change));
    // In a preview, the first route of an adopted app does not wait for callers' proxies.
    const registered = await registeredBy(program, { isPreview: true });
    const objects = [...registered.values()].filter(({ type }) => type.startsWith("kubernetes:"));
    return objects.flatMap(({ name, retainOnDelete }) => (retainOnDelete ? [name] : [])).sort();
}

describe("pulumi destroy", () => {
    it("deletes every object by default", async () => {
        assert.deepEqual(await retained({}), []);
    });

    it("leaves adopted objects", async () => {
        const service = { selector: { app: "web" }, targetPort: "http" };
        const adopt: CanaryRolloutArgs["adopt"] = ["service", "destinationRule", "virtualService"];
        assert.deepEqual(await retained({ adopt, service }), [
            "web-service",
            "web-traffic-destination-rule",
            "web-traffic-virtual-service",
        ]);
        const routing = "gateway-api";
        const route = await retained({ routing, adopt: ["service", "httpRoute"], service });
        assert.deepEqual(route, ["web-service", "web-traffic-http-route"]);
    });

    it("leaves every object with retainOnDelete", async () => {
        assert.deepEqual(await retained({ retainOnDelete: true }), [
            "web-service",
            "web-traffic-destination-rule",
            "web-traffic-virtual-service",
            "web-v1-account",
            "web-v1-deployment",
            "web-v2-account",
            "web-v2-deployment",
        ]);
    });
});

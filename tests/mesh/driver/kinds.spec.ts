// Discovery on the real API server, which tells a missing route from a cluster without Istio.
import assert from "node:assert/strict";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { sandboxCluster } from "../harness/cluster";

describe("the kinds of a cluster", () => {
    let kubernetes: Kubernetes;
    before(() => {
        kubernetes = new Kubernetes({ kubeconfig: sandboxCluster().env.KUBECONFIG ?? "" });
    });
    const route = { group: "networking.istio.io", version: "v1", plural: "virtualservices" };

    it("are known by group, version and name", async () => {
        assert.equal(await kubernetes.hasKind(route), true);
        assert.equal(await kubernetes.hasKind({ ...route, plural: "nothings" }), false);
        assert.equal(await kubernetes.hasKind({ ...route, version: "v9" }), false);
        assert.equal(await kubernetes.hasKind({ ...route, group: "mesh.example.com" }), false);
    });

    it("include those of both kinds of routes", async () => {
        for (const routing of ["istio", "gateway-api"]) {
            const mesh = kubernetesMesh(kubernetes, { namespace: "default", app: "web", routing });
            assert.equal(await mesh.hasRouteKind(), true, routing);
        }
    });
});

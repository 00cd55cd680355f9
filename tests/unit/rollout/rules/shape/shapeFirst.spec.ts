import assert from "node:assert/strict";
import { checkManifests, type Manifest } from "../../../../../rollout/rules";

function virtualService(http: unknown, annotations = {}): Manifest {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web", namespace: "shop", annotations },
        spec: { hosts: ["web.shop.svc.cluster.local"], http },
    };
}

/** Rules that report something on these routes, by path. */
function reported(http: unknown, path: string, annotations?: object): string[] {
    return checkManifests([virtualService(http, annotations)], { today: "2026-11-21" })
        .filter(({ finding }) => finding.path === path)
        .map(({ rule }) => rule.id);
}

const route = [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }];

describe("findings on one value", () => {
    it("are only those on its shape", () => {
        const path = "spec.http[0].timeout";
        assert.deepEqual(reported([{ timeout: 5, route }], path), ["object-schema"]);
        assert.deepEqual(reported([{ route }], path), ["http-timeout"]);
    });

    it("are only those on the value around it, if that is missing", () => {
        const http = [{ timeout: "5s", route: [{ destination: {} }] }];
        const path = "spec.http[0].route[0].destination.host";
        assert.deepEqual(reported(http, path), ["object-schema"]);
        assert.deepEqual(reported([{ timeout: "5s", route: [{}] }], path), []);
    });

    it("include those inside of a mapping that breaks a condition", () => {
        const http = [{ timeout: 5, route, match: [{ uri: { exact: "/", prefix: "/" } }] }];
        assert.deepEqual(reported(http, "spec.http[0].timeout"), ["object-schema"]);
        assert.deepEqual(reported(http, "spec.http[0].match[0].uri"), ["object-schema"]);
    });

    it("remain if the finding on the shape is exempt", () => {
        const exempt = { "exempt.istio-canary.dev/object-schema": "2026-12-31 see ticket 1204" };
        assert.deepEqual(reported([{ timeout: 5, route }], "spec.http[0].timeout", exempt), [
            "object-schema",
            "http-timeout",
        ]);
    });
});

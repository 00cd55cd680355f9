import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { podProxy } from "../../../../../canary/driver/kubernetes/podProxy";

/** An API server that answers with a function's result, or never. */
describe("GET requests to a pod", () => {
    let server: Server;
    let answer: { code: number; body: string } | undefined;
    let seen: (string | undefined)[] = [];
    const at = { namespace: "shop", pod: "web-v2-x", port: 15_090 };
    const limits = { maxBytes: 1_000, timeout: 300 };

    before(async () => {
        server = createServer((request, response) => {
            seen = [request.url, request.headers.authorization];
            if (answer === undefined) return;
            response.statusCode = answer.code;
            response.end(answer.body);
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
    });

    after(() => {
        server.closeAllConnections();
        server.close();
    });

    const get = () => {
        const config = new KubeConfig();
        const { port } = server.address() as AddressInfo;
        config.loadFromClusterAndUser(
            { name: "c", server: `http://127.0.0.1:${port}/`, skipTLSVerify: true },
            { name: "u", token: "secret" },
        );
        const cluster = { kubeConfig: async () => config };
        return podProxy(cluster)(at, "/stats/prometheus?usedonly&filter=x", limits);
    };

    it("go through the API server's pod proxy, with its credentials", async () => {
        answer = { code: 200, body: "x 1\n" };
        assert.equal(await get(), "x 1\n");
        assert.deepEqual(seen, [
            "/api/v1/namespaces/shop/pods/web-v2-x:15090/proxy/stats/prometheus?usedonly&filter=x",
            "Bearer secret",
        ]);
    });

    it("reject with the code of a refusal, without the body", async () => {
        answer = { code: 403, body: "x".repeat(100) };
        await assert.rejects(get(), { name: "ApiError", code: 403 });
    });

    it("reject for a response that is too large, or too late", async () => {
        answer = { code: 200, body: "x".repeat(2_000) };
        await assert.rejects(get(), /more than 1000 bytes/);
        answer = undefined;
        await assert.rejects(get(), /no response within 0\.3 s/);
    });
});

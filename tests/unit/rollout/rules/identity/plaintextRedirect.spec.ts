import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { plaintextRedirect } from "../../../../../rollout/rules/identity/plaintextRedirect";
import { textsOf } from "../../../../fixtures/rules/findings";

const HTTP = { number: 80, name: "http", protocol: "HTTP" };
const HTTPS = { number: 443, name: "https", protocol: "HTTPS" };
const REFUSED =
    "expected true, got nothing. Set it, or remove the server: anyone on the network path can read and change plain-text requests.";

function texts(servers: unknown, options?: Record<string, unknown>): string[] {
    const gateway: Manifest = {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "public", namespace: "edge" },
        spec: { servers },
    };
    return textsOf(plaintextRedirect, [gateway], options);
}

describe("plaintext-redirect", () => {
    it("passes TLS, and plain text that redirects to TLS", () => {
        const secure = { port: HTTPS, tls: { mode: "SIMPLE", credentialName: "shop" } };
        assert.deepEqual(texts([secure, { port: HTTP, tls: { httpsRedirect: true } }]), []);
        assert.deepEqual(texts([{ port: { ...HTTPS, protocol: "TLS" } }]), []);
    });

    for (const protocol of ["HTTP", "http", "HTTP2", "GRPC", "GRPC-Web"]) {
        it(`refuses ${protocol} without a redirect`, () => {
            assert.deepEqual(texts([{ port: HTTPS }, { port: { ...HTTP, protocol } }]), [
                `Gateway edge/public: spec.servers[1].tls.httpsRedirect: ${REFUSED}`,
            ]);
        });
    }

    it("refuses a redirect that is switched off", () => {
        const [found] = texts([{ port: HTTP, tls: { httpsRedirect: false } }]);
        assert.match(found ?? "", /httpsRedirect: expected true, got false\./);
    });

    it("ignores a Gateway in the option behindTls", () => {
        assert.deepEqual(texts([{ port: HTTP }], { behindTls: ["edge/public"] }), []);
        assert.equal(texts([{ port: HTTP }], { behindTls: ["edge/other"] }).length, 1);
    });

    it("reports unknown values", () => {
        for (const servers of [UNKNOWN, [{ port: UNKNOWN }]]) {
            const [found] = texts(servers);
            assert.match(found ?? "", /an unknown value/);
        }
        const redirect = [{ port: HTTP, tls: { httpsRedirect: UNKNOWN } }];
        assert.match(texts(redirect)[0] ?? "", /an unknown value/);
    });
});

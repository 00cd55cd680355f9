import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { previousSplitIn } from "../../../../rollout/plan/previousSplit";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const hosts = ["shop.example.com"];
const gateways = ["mesh", "istio-system/public"];
const jwt = { issuer: "https://login.example.com", jwksUri: "https://login.example.com/keys" };
const claim = { claims: { group: { exact: "beta" } } };
const header = { headers: { "X-Beta": { exact: "1" } } };
const valid = { hosts, gateways, jwt, targets: [claim, header] } satisfies Partial<RolloutInput>;

describe("a target with claims", () => {
    it("applies only to gateways, while other targets apply everywhere", () => {
        const { virtualService, gatewayVirtualService } = validManifests(valid);
        const targeted = (one: typeof gatewayVirtualService) =>
            one?.spec.http.find(({ name }) => name === "targeted")?.match;
        const beta = { headers: { "x-beta": { exact: "1" } } };
        assert.deepEqual(virtualService.spec.gateways, ["mesh"]);
        assert.deepEqual(targeted(virtualService), [beta]);
        assert.equal(gatewayVirtualService?.metadata.name, "web-gateway");
        assert.deepEqual(gatewayVirtualService?.spec.gateways, ["istio-system/public"]);
        assert.deepEqual(gatewayVirtualService?.spec.hosts, hosts);
        assert.deepEqual(targeted(gatewayVirtualService), [
            { headers: { "@request.auth.claims[group]": { exact: "beta" } } },
            beta,
        ]);
    });

    it("keeps all other routes the same for gateways and sidecars, in every phase", () => {
        for (const weight of [0, 10, 100]) {
            const manifests = validManifests({ ...valid, weight });
            const others = (one: typeof manifests.gatewayVirtualService) =>
                one?.spec.http.filter(({ name }) => name !== "targeted");
            assert.deepEqual(
                others(manifests.gatewayVirtualService),
                others(manifests.virtualService),
            );
            assert.deepEqual(findingsIn(manifestList(manifests)), []);
        }
    });

    it("supports nested claims, and uses other names unchanged", () => {
        const claims = {
            "[realm_access][roles]": { exact: "tester" },
            "https://example.com/group": { prefix: "be" },
        };
        const { gatewayVirtualService } = validManifests({ ...valid, targets: [{ claims }] });
        const route = gatewayVirtualService?.spec.http.find(({ name }) => name === "targeted");
        assert.deepEqual(Object.keys(route?.match?.[0]?.headers ?? {}), [
            "@request.auth.claims[realm_access][roles]",
            "@request.auth.claims[https://example.com/group]",
        ]);
    });

    it("needs no separate VirtualService if no target has claims", () => {
        const manifests = validManifests({ ...valid, targets: [header] });
        assert.equal(manifests.gatewayVirtualService, undefined);
        assert.deepEqual(manifests.virtualService.spec.gateways, gateways);
    });

    it("is part of the previous split in the next update", () => {
        const { virtualService, gatewayVirtualService } = validManifests({
            ...valid,
            targets: [claim],
        });
        const type = "kubernetes:networking.istio.io/v1:VirtualService";
        const state = {
            "urn:route": { type, outputs: virtualService },
            "urn:gateway-route": { type, outputs: gatewayVirtualService },
        };
        assert.deepEqual(previousSplitIn(state, "demo", "web")?.direct, ["targeted"]);
    });

    it("has JWTs validated at the gateway's pods, and forwarded", () => {
        const { requestAuthentication } = validManifests({
            ...valid,
            jwt: { ...jwt, audiences: ["shop"], namespace: "edge", selector: { app: "gate" } },
        });
        assert.deepEqual(requestAuthentication?.metadata.namespace, "edge");
        assert.deepEqual(requestAuthentication?.metadata.name, "demo-web");
        assert.deepEqual(requestAuthentication?.spec, {
            selector: { matchLabels: { app: "gate" } },
            jwtRules: [{ ...jwt, audiences: ["shop"], forwardOriginalToken: true }],
        });
    });

    const keys = (key: object) => JSON.stringify({ keys: [key] });
    const publicOnly =
        'expected a JSON Web Key Set as a string, {"keys": […]}, with public keys only, because the cluster stores it unencrypted';
    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "without an issuer",
            { ...valid, jwt: {} },
            'targets[0].claims: expected no claims, because no JWT is validated, got {"group":{"exact":"beta"}}. Set `jwt.issuer` and its keys.',
        ],
        [
            "without a gateway",
            { jwt, targets: [claim] },
            'targets[0].claims: expected no claims, because only a gateway evaluates claims, got {"group":{"exact":"beta"}}. Set `gateway` or `gateways`.',
        ],
        [
            "with an unclosed bracket in a name",
            { ...valid, targets: [{ claims: { "[group": { exact: "a" } } }] },
            'targets[0].claims["[group"]: expected a key that is the name of a claim, or a path such as [realm][group], got "[group".',
        ],
        [
            "with an issuer without keys",
            { ...valid, jwt: { issuer: "me" } },
            'jwt: expected exactly one of jwksUri and jwks, because issuer is set, got {"issuer":"me"}.',
        ],
        [
            "with keys without an issuer",
            { ...valid, targets: [], jwt: { jwksUri: jwt.jwksUri } },
            "jwt.issuer: expected an issuer, because its keys or audiences are set, got nothing.",
        ],
        [
            "with keys from a file",
            { ...valid, jwt: { issuer: "me", jwksUri: "file:///keys" } },
            'jwt.jwksUri: expected the http or https URL of a JSON Web Key Set, got "file:///keys".',
        ],
        [
            "with a private key",
            { ...valid, jwt: { issuer: "me", jwks: keys({ kty: "OKP", x: "a", d: "b" }) } },
            `jwt.jwks: ${publicOnly}, got "{\\"keys\\":[{\\"kty\\":\\"OKP\\",\\"x\\":\\"a\\",\\"d\\":\\"b\\"}]}".`,
        ],
        [
            "with an empty key set",
            { ...valid, jwt: { issuer: "me", jwks: "{}" } },
            `jwt.jwks: ${publicOnly}, got "{}".`,
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`is rejected ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

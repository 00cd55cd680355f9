import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { lastRouteIn } from "../../../../rollout/plan/previousSplit";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const hosts = ["shop.example.com"];
const gateways = ["mesh", "istio-system/public"];
const jwt = { issuer: "https://login.example.com", jwksUri: "https://login.example.com/keys" };
const claim = { claims: { group: { exact: "beta" } } };
const header = { headers: { "X-Beta": { exact: "1" } } };
const valid = { hosts, gateways, jwt, targets: [claim, header] } satisfies Partial<RolloutInput>;

describe("targets with claims", () => {
    it("should be the gateways' alone, and all others everywhere", () => {
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

    it("should leave all else the same at gateways and inside, in every phase", () => {
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

    it("should reach a claim inside of another, and take other names as they are", () => {
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

    it("should have one route for all where none asks for claims", () => {
        const manifests = validManifests({ ...valid, targets: [header] });
        assert.equal(manifests.gatewayVirtualService, undefined);
        assert.deepEqual(manifests.virtualService.spec.gateways, gateways);
    });

    it("should be remembered from one update to the next", () => {
        const { virtualService, gatewayVirtualService } = validManifests({
            ...valid,
            targets: [claim],
        });
        const type = "kubernetes:networking.istio.io/v1:VirtualService";
        const state = {
            "urn:route": { type, outputs: virtualService },
            "urn:gateway-route": { type, outputs: gatewayVirtualService },
        };
        assert.deepEqual(lastRouteIn(state, "demo", "web")?.direct, ["targeted"]);
    });

    it("should have tokens checked at the gateway's pods, and passed on", () => {
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
        'expected a JSON Web Key Set as a string, {"keys": […]}, with public keys only, because it is readable in the cluster';
    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "without an issuer",
            { ...valid, jwt: {} },
            'targets[0].claims: expected no claims, because no JWT is validated, got {"group":{"exact":"beta"}}. Set jwt.issuer and its keys.',
        ],
        [
            "without a gateway",
            { jwt, targets: [claim] },
            'targets[0].claims: expected no claims, because only a gateway knows a request\'s claims, got {"group":{"exact":"beta"}}. Set gateway or gateways.',
        ],
        [
            "with a name that ends in the middle",
            { ...valid, targets: [{ claims: { "[group": { exact: "a" } } }] },
            'targets[0].claims["[group"]: expected a key that is the name of a claim, or a path such as [realm][group], got "[group".',
        ],
        [
            "with an issuer whose keys are nowhere",
            { ...valid, jwt: { issuer: "me" } },
            'jwt: expected exactly one of jwksUri and jwks, because issuer is set, got {"issuer":"me"}.',
        ],
        [
            "with keys of nobody",
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
            "with keys that are none",
            { ...valid, jwt: { issuer: "me", jwks: "{}" } },
            `jwt.jwks: ${publicOnly}, got "{}".`,
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`should be refused ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const hosts = ["shop.example.com"];
const own: Partial<RolloutInput> = { hosts, gateway: { tls: { credentialName: "shop" } } };

describe("hosts and gateways", () => {
    it("bind the route only to sidecars by default", () => {
        const { gateway, virtualService } = validManifests();
        assert.equal(gateway, undefined);
        assert.deepEqual(virtualService.spec.gateways, ["mesh"]);
        assert.deepEqual(virtualService.spec.hosts, ["web.demo.svc.cluster.local"]);
    });

    it("bind one route to sidecars and gateways, for all of its hosts", () => {
        const gateways = ["mesh", "istio-system/public"];
        const { spec } = validManifests({ ...own, gateways }).virtualService;
        assert.deepEqual(spec.gateways, ["mesh", "istio-system/public", "demo/web"]);
        assert.deepEqual(spec.hosts, ["web.demo.svc.cluster.local", "shop.example.com"]);
    });

    it("create a Gateway that serves TLS, redirects plain text, and restricts the hosts to the namespace", () => {
        const { gateway } = validManifests(own);
        assert.deepEqual(gateway?.spec, {
            selector: { istio: "ingressgateway" },
            servers: [
                {
                    port: { number: 443, name: "https", protocol: "HTTPS" },
                    hosts: ["demo/shop.example.com"],
                    tls: {
                        mode: "SIMPLE",
                        credentialName: "shop",
                        minProtocolVersion: "TLSV1_2",
                    },
                },
                {
                    port: { number: 80, name: "http", protocol: "HTTP" },
                    hosts: ["demo/shop.example.com"],
                    tls: { httpsRedirect: true },
                },
            ],
        });
    });

    it("create a Gateway that follows plaintext, minVersion and selector", () => {
        const gateway = {
            tls: { credentialName: "shop", minVersion: "1.3" as const },
            plaintext: "closed" as const,
            selector: { istio: "internal" },
        };
        const { spec } = validManifests({ hosts, gateway }).gateway ?? {};
        assert.deepEqual(spec?.selector, { istio: "internal" });
        assert.deepEqual(
            spec?.servers.map(({ port }) => port.number),
            [443],
        );
        assert.match(JSON.stringify(spec?.servers), /"minProtocolVersion":"TLSV1_3"/);
    });

    it("break no rule", () => {
        assert.deepEqual(findingsIn(manifestList(validManifests(own))), []);
    });

    it("export the Service, its subsets and its route to every namespace", () => {
        const { service, destinationRule, virtualService } = validManifests(own);
        assert.deepEqual(destinationRule.spec.exportTo, ["*"]);
        assert.deepEqual(virtualService.spec.exportTo, ["*"]);
        assert.equal(service.metadata.annotations["networking.istio.io/exportTo"], "*");
    });

    const HOST =
        'expected a fully qualified external host name, such as "shop.example.com" (no wildcard, short name or cluster-internal name)';
    const gateways = ["mesh", "istio-system/public"];
    const refused: [what: string, change: Record<string, unknown>, problem: string][] = [
        ...["*", "web", "web.demo.svc.cluster.local", "web.demo.svc", "*.example.com"].map(
            (host): [string, Record<string, unknown>, string] => [
                `the host ${host}`,
                { hosts: [host], gateways },
                `hosts[0]: ${HOST}, got "${host}".`,
            ],
        ),
        [
            "hosts without a gateway",
            { hosts },
            'hosts: expected [], because no gateway serves these hosts, got ["shop.example.com"]. Set `gateway.tls.credentialName` to create a Gateway, or add an existing one to `gateways`.',
        ],
        [
            "gateways without a host",
            { gateways, gateway: own.gateway },
            "hosts: expected at least one host for istio-system/public, gateway, because gateways route by host, got [].",
        ],
        [
            "callers that exclude the gateway",
            { ...own, callers: { rollouts: ["shop/basket"] } },
            'callers: expected the gateway\'s namespace or principal among the callers, because the gateway forwards requests for shop.example.com, got {"rollouts":["shop/basket"]}.',
        ],
        [
            "a gateway without its namespace",
            { hosts, gateways: ["mesh", "public"] },
            'gateways[1]: expected "mesh" or the namespace and name of a Gateway, such as "istio-system/public" (with routing gateway-api also of a listener: "istio-system/public/https"), got "public".',
        ],
        [
            "gateways without mesh",
            { hosts, gateways: ["istio-system/public"] },
            'gateways: expected a list with "mesh", because otherwise callers inside the mesh are split by number of pods, not by weight, got ["istio-system/public"].',
        ],
        [
            "a gateway without TLS",
            { hosts, gateways, gateway: { plaintext: "redirect" } },
            "gateway.tls: expected a mapping with credentialName, because the Gateway needs TLS, got nothing.",
        ],
        [
            "a gateway that serves plain text",
            { hosts, gateway: { ...own.gateway, plaintext: "serve" } },
            'gateway.plaintext: expected one of redirect, closed, got "serve".',
        ],
        [
            "a credential with a namespace",
            { hosts, gateway: { tls: { credentialName: "demo/shop" } } },
            'gateway.tls.credentialName: expected the name of a TLS Secret in the namespace of the gateway\'s pods, such as "shop-example-com", got "demo/shop".',
        ],
        [
            "an empty selector, which would select every proxy",
            { hosts, gateway: { ...own.gateway, selector: {} } },
            "gateway.selector: expected labels of the gateway's pods, such as {istio: ingressgateway}, got {}.",
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`reject ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

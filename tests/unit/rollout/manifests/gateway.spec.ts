import assert from "node:assert/strict";
import { pathText } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const hosts = ["shop.example.com"];
const own: Partial<RolloutInput> = { hosts, gateway: { tls: { credentialName: "shop" } } };

describe("hosts and gateways", () => {
    it("should bind the route to the sidecars alone unless asked", () => {
        const { gateway, virtualService } = validManifests();
        assert.equal(gateway, undefined);
        assert.deepEqual(virtualService.spec.gateways, ["mesh"]);
        assert.deepEqual(virtualService.spec.hosts, ["web.demo.svc.cluster.local"]);
    });

    it("should bind one route to sidecars and gateways, for all of its hosts", () => {
        const gateways = ["mesh", "istio-system/public"];
        const { spec } = validManifests({ ...own, gateways }).virtualService;
        assert.deepEqual(spec.gateways, ["mesh", "istio-system/public", "demo/web"]);
        assert.deepEqual(spec.hosts, ["web.demo.svc.cluster.local", "shop.example.com"]);
    });

    it("should serve TLS by credential, redirect plain text, and keep the hosts for the namespace", () => {
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

    it("should not listen for plain text when that is closed, and run where it is told", () => {
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

    it("should break no rule", () => {
        assert.deepEqual(findingsIn(manifestList(validManifests(own))), []);
    });

    it("should let every namespace see the Service, its subsets and its route alike", () => {
        const { service, destinationRule, virtualService } = validManifests(own);
        assert.deepEqual(destinationRule.spec.exportTo, ["*"]);
        assert.deepEqual(virtualService.spec.exportTo, ["*"]);
        assert.equal(service.metadata.annotations["networking.istio.io/exportTo"], "*");
    });

    const HOST =
        'must be a full host name from outside of the cluster, such as shop.example.com: no "*", no short name, none of the cluster\'s own';
    const gateways = ["mesh", "istio-system/public"];
    const refused: [what: string, change: Record<string, unknown>, problem: string][] = [
        ...["*", "web", "web.demo.svc.cluster.local", "web.demo.svc", "*.example.com"].map(
            (host): [string, Record<string, unknown>, string] => [
                `the host ${host}`,
                { hosts: [host], gateways },
                `hosts[0]: ${HOST}; found "${host}"`,
            ],
        ),
        [
            "hosts that nothing serves",
            { hosts },
            'hosts: need a gateway that serves them: set gateway.tls.credentialName, or name one in gateways; found gateways ["mesh"]',
        ],
        [
            "gateways for no host",
            { gateways, gateway: own.gateway },
            "hosts: must name at least one host for istio-system/public, gateway: outside callers are told apart by the host that they ask for; found []",
        ],
        [
            "callers that keep the gateway out",
            { ...own, callers: { rollouts: ["shop/basket"] } },
            'callers: must let in the gateway too, by its namespace or its principal: it is what calls for shop.example.com; found {"rollouts":["shop/basket"]}',
        ],
        [
            "a gateway without its namespace",
            { hosts, gateways: ["mesh", "public"] },
            'gateways[1]: must be mesh, or the namespace and name of a Gateway, such as istio-system/public; found "public"',
        ],
        [
            "gateways without the sidecars",
            { hosts, gateways: ["istio-system/public"] },
            'gateways: must name mesh too: without it callers inside get both versions by pod count, whatever the weight; found ["istio-system/public"]',
        ],
        [
            "a gateway without TLS",
            { hosts, gateways, gateway: { plaintext: "redirect" } },
            "gateway.tls: is missing; must be there with a credentialName: a gateway serves TLS",
        ],
        [
            "plain text that is served",
            { hosts, gateway: { ...own.gateway, plaintext: "serve" } },
            'gateway.plaintext: must be one of redirect, closed; found "serve"',
        ],
        [
            "a credential with its namespace",
            { hosts, gateway: { tls: { credentialName: "demo/shop" } } },
            'gateway.tls.credentialName: must be the name of a TLS Secret in the namespace of the gateway\'s pods, such as shop-example-com; found "demo/shop"',
        ],
        [
            "a gateway that would be every proxy",
            { hosts, gateway: { ...own.gateway, selector: {} } },
            "gateway.selector: must have a label: without one every proxy of the mesh would be the gateway; found {}",
        ],
    ];
    for (const [what, change, problem] of refused) {
        it(`should refuse ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(
                result.problems.map(({ path, reason }) => `${pathText(path)}: ${reason}`),
                [problem],
            );
        });
    }
});

import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { directRoutes, splitIn } from "../../../../rollout/plan/previousSplit";
import { checkManifests } from "../../../../rollout/rules";
import { manifestsAsData, validInput, validManifests } from "../../../fixtures/rollout/rollout";

const ports: RolloutInput["ports"] = [
    { name: "grpc", port: 9000, targetPort: "rpc", protocol: "grpc" },
    { name: "feed", port: 7000, targetPort: 7001, protocol: "tcp" },
    { name: "admin", port: 9100, split: false },
];
const weight = 25;

interface Route {
    readonly name?: string;
    readonly match?: { readonly port?: number }[];
    readonly route: {
        readonly destination: { readonly subset: string; readonly port: { number: number } };
        readonly weight?: number;
    }[];
}

/** Each route as "name port: share of v1/share of v2". */
function lines(change: Partial<RolloutInput>): string[] {
    const { http, tcp = [] } = validManifests({ weight, ...change }).virtualService.spec;
    return ([...http, ...tcp] as Route[]).map(({ name, match = [{}], route }) => {
        const from = [...new Set(match.map(({ port }) => port ?? "any"))].join();
        const to = route.map((one) => `${one.destination.subset}=${one.weight ?? "all"}`).join("/");
        const number = [...new Set(route.map((one) => one.destination.port.number))].join();
        return `${name ?? "tcp"} ${from}->${number}: ${to}`;
    });
}

describe("further ports", () => {
    it("change nothing about a Service with one port", () => {
        const { service, virtualService } = validManifests({ weight, stableOnlyPaths: [] });
        assert.equal(service.spec.ports.length, 1);
        assert.deepEqual(lines({ stableOnlyPaths: [] }), ["weighted any->80: v1=75/v2=25"]);
        assert.equal(virtualService.spec.tcp, undefined);
        const tcp = { protocol: "tcp", stableOnlyPaths: undefined } as const;
        assert.deepEqual(lines(tcp), ["tcp any->80: v1=75/v2=25"]);
    });

    it("that an adopted Service may have are left to it", () => {
        const service = { selector: { app: "web" }, targetPort: 8080 };
        const adopted: Partial<RolloutInput> = {
            ...{ adopt: ["service"], service, stableOnlyPaths: [] },
        };
        assert.deepEqual(lines(adopted), ["weighted 80->80: v1=75/v2=25"]);
        const tcp = { ...adopted, protocol: "tcp", stableOnlyPaths: undefined } as const;
        assert.deepEqual(lines(tcp), ["tcp 80->80: v1=75/v2=25"]);
        // At a gateway, the port would be the gateway's.
        const outside = { hosts: ["web.example.com"], gateways: ["mesh", "istio-system/public"] };
        assert.deepEqual(lines({ ...adopted, ...outside }), ["weighted any->80: v1=75/v2=25"]);
    });

    it("become ports of the Service, each with its protocol", () => {
        const { service } = validManifests({ ports });
        assert.deepEqual(service.spec.ports.slice(1), [
            {
                ...{ name: "grpc", appProtocol: "grpc", port: 9000 },
                ...{ targetPort: "rpc", protocol: "TCP" },
            },
            {
                ...{ name: "feed", appProtocol: "tcp", port: 7000 },
                ...{ targetPort: 7001, protocol: "TCP" },
            },
            {
                ...{ name: "admin", appProtocol: "http", port: 9100 },
                ...{ targetPort: 9100, protocol: "TCP" },
            },
        ]);
    });

    it("have the idle timeout of `connectionPool`, also without requests", () => {
        const connectionPool = { idleTimeout: "5m" };
        const { tcp, http } = validManifests({ ports, connectionPool }).destinationRule.spec
            .trafficPolicy.connectionPool;
        assert.equal((tcp as { idleTimeout?: string }).idleTimeout, "300s");
        assert.equal(http?.idleTimeout, "300s");
    });

    it("have the same weight, or go to the stable", () => {
        assert.deepEqual(lines({ ports, stableOnlyPaths: [] }), [
            "weighted 80->80: v1=75/v2=25",
            "weighted-grpc 9000->9000: v1=75/v2=25",
            "weighted-admin 9100->9100: v1=100/v2=0",
            "tcp 7000->7000: v1=75/v2=25",
        ]);
        const swapped = lines({ ports, stableOnlyPaths: [], stable: "v2", canary: "v1" });
        assert.equal(swapped[2], "weighted-admin 9100->9100: v1=0/v2=100");
    });

    it("have the same targets and stable-only paths, except without a split", () => {
        const targets = [{ headers: { beta: { exact: "1" } } }];
        assert.deepEqual(lines({ ports, targets, stableOnlyPaths: ["/admin"] }), [
            "stable-only 80->80: v1=all",
            "targeted 80->80: v2=all",
            "weighted 80->80: v1=75/v2=25",
            "stable-only-grpc 9000->9000: v1=all",
            "targeted-grpc 9000->9000: v2=all",
            "weighted-grpc 9000->9000: v1=75/v2=25",
            "weighted-admin 9100->9100: v1=100/v2=0",
            "tcp 7000->7000: v1=75/v2=25",
        ]);
    });

    it("may have targets and stable-only paths of their own", () => {
        const beta = { headers: { beta: { exact: "1" } } };
        const more = { name: "more", port: 8081 };
        const own = { ...more, targets: [beta], stableOnlyPaths: [] };
        assert.deepEqual(lines({ ports: [own], stableOnlyPaths: ["/admin"] }), [
            "stable-only 80->80: v1=all",
            "weighted 80->80: v1=75/v2=25",
            "targeted-more 8081->8081: v2=all",
            "weighted-more 8081->8081: v1=75/v2=25",
        ]);
        const calm = { ...more, targets: [], stableOnlyPaths: ["/shop.Admin"] };
        assert.deepEqual(lines({ ports: [calm], targets: [beta], stableOnlyPaths: [] }), [
            "targeted 80->80: v2=all",
            "weighted 80->80: v1=75/v2=25",
            "stable-only-more 8081->8081: v1=all",
            "weighted-more 8081->8081: v1=75/v2=25",
        ]);
    });

    it("are waited for if only their targets are new", () => {
        const own = { name: "more", port: 8081, targets: [{ headers: { beta: { exact: "1" } } }] };
        const { http } = validManifests({ ports: [own] }).virtualService.spec;
        assert.deepEqual(directRoutes(http, "v1"), ["targeted"]);
        assert.deepEqual(
            directRoutes(validManifests({ ports }).virtualService.spec.http, "v1"),
            [],
        );
    });

    it("refuse targets and stable-only paths that have no effect", () => {
        const target = { headers: { beta: { exact: "1" } } };
        const problems = (change: Partial<RolloutInput>) => {
            const result = checkConfig(validInput(change));
            return result.ok ? [] : result.problems.map(problemLine);
        };
        const port = { name: "more", port: 8081 };
        assert.deepEqual(
            problems({ ports: [{ ...port, protocol: "tcp", stableOnlyPaths: ["/admin"] }] }),
            [
                'ports[0].stableOnlyPaths: expected no value, because protocol tcp has no requests, got ["/admin"].',
            ],
        );
        assert.match(
            problems({ ports: [{ ...port, split: false, targets: [target] }] }).join(),
            /^ports\[0\]\.targets: expected no value, because without a split, all requests go to the stable/,
        );
        const claims = { claims: { group: { exact: "beta" } } };
        assert.match(
            problems({ ports: [{ ...port, targets: [claims] }] }).join(),
            /^ports\[0\]\.targets\[0\]\.claims: expected no claims, because gateways/,
        );
        const only = { versions: { v1: { image: "web:1" } } };
        assert.match(
            problems({ ...only, ports: [{ ...port, targets: [target] }] }).join(),
            /^ports\[0\]\.targets: expected \[\], because versions\.v2 is missing/,
        );
        const match = [{ headers: { beta: {} } }];
        const routes = [{ name: "beta", match }];
        assert.match(
            problems({ routes, ports: [{ ...port, targets: [target] }] }).join(),
            /^routes\[0\]\.match\[0\]\.headers\.beta: expected no value, because `targets` has/,
        );
        const pattern = [{ name: "all", match: [{ uri: { regex: "/a.*" } }] }];
        const some = { ...port, stableOnlyPaths: ["/shop.Admin"] };
        assert.match(
            problems({ stableOnlyPaths: [], routes: pattern, ports: [some] }).join(),
            /^routes\[0\]\.match\[0\]\.uri\.regex: expected no value, because a pattern/,
        );
    });

    it("stay inside the mesh: gateways get the routes of `port` in a VirtualService of their own", () => {
        const outside = { hosts: ["shop.example.com"], gateways: ["mesh", "istio-system/public"] };
        const { virtualService, gatewayVirtualService } = validManifests({ ports, ...outside });
        assert.deepEqual(virtualService.spec.gateways, ["mesh"]);
        const { spec } = gatewayVirtualService ?? {};
        assert.deepEqual([spec?.hosts, spec?.gateways], [outside.hosts, ["istio-system/public"]]);
        assert.doesNotMatch(JSON.stringify(spec?.http), /"match":\[\{"port"|9000/);
        assert.equal(spec?.tcp, undefined);
    });

    it("leave the previous weight readable, also with tcp first", () => {
        assert.deepEqual(splitIn(validManifests({ weight, ports }).virtualService).shares, {
            ...{ v1: 75, v2: 25 },
        });
        const feed = { name: "feed", port: 7000, protocol: "tcp", split: false } as const;
        const tcp = validManifests({ weight, protocol: "tcp", ports: [feed] }).virtualService;
        assert.deepEqual(splitIn(tcp).shares, { v1: 75, v2: 25 });
    });

    it("break no rule", () => {
        const declared = (name: string) => ({
            image: `web:${name}`,
            replicas: 2,
            podTemplate: {
                spec: {
                    containers: [
                        {
                            name: "web",
                            ports: [
                                { name: "rpc", containerPort: 9001 },
                                { name: "feed", containerPort: 7001 },
                                { name: "admin", containerPort: 9100 },
                            ],
                        },
                    ],
                },
            },
        });
        const versions = { v1: declared("1"), v2: declared("2") };
        for (const now of [0, 25]) {
            const manifests = manifestsAsData({ weight: now, ports, versions });
            const found = checkManifests(manifests, { today: "2026-01-01" });
            assert.deepEqual(
                found.map(({ rule, finding }) => `${rule.id} ${finding.path}`),
                [],
            );
        }
    });

    const refused: [what: string, change: Partial<RolloutInput>, problems: string[]][] = [
        [
            "a name or a number that another port has",
            {
                ports: [
                    { name: "http", port: 81 },
                    { name: "b", port: 80 },
                ],
            },
            [
                'ports[0].name: expected a value that no other port has, got "http".',
                "ports[1].port: expected a value that no other port has, got 80.",
            ],
        ],
        [
            "a port with requests behind one without",
            { protocol: "tcp", ports: [{ name: "web", port: 8080 }] },
            [
                'ports[0].protocol: expected tcp, because protocol is tcp, got "http". Set `port` and `protocol` to those of web, and add the other port to `ports`.',
            ],
        ],
        [
            "a port for the stable alone without Istio",
            {
                mode: "replicas",
                totalReplicas: 4,
                versions: { v1: { image: "web:1" }, v2: { image: "web:2" } },
                ports: [{ name: "b", port: 81, split: false }],
            },
            [
                "ports[0].split: expected true, because mode replicas splits connections by the number of pods, got false.",
            ],
        ],
    ];
    for (const [what, change, problems] of refused) {
        it(`reject ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.deepEqual(result.ok ? [] : result.problems.map(problemLine), problems);
        });
    }
});

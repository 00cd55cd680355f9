import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { checkManifests, findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const mirror = { percentage: 20 };

describe("a mirror", () => {
    it("copies requests with safe methods, and sends the originals to the stable", () => {
        for (const [stable, canary] of [
            ["v1", "v2"],
            ["v2", "v1"],
        ] as const) {
            const { virtualService, destinationRule } = validManifests({ mirror, stable, canary });
            const [, mirrored, weighted] = virtualService.spec.http;
            const host = "web.demo.svc.cluster.local";
            assert.deepEqual(mirrored, {
                name: "mirrored",
                match: ["GET", "HEAD", "OPTIONS"].map((exact) => ({ method: { exact } })),
                route: [{ destination: { host, subset: stable, port: { number: 80 } } }],
                mirror: { host, subset: "mirror", port: { number: 80 } },
                mirrorPercentage: { value: 20 },
                timeout: weighted?.timeout,
                retries: weighted?.retries,
            });
            assert.deepEqual(destinationRule.spec.subsets.at(-1), {
                name: "mirror",
                labels: { app: "web", version: canary },
            });
        }
    });

    it("comes after stable-only paths and targets, and before sticky users", () => {
        const change = {
            mirror,
            targets: [{ cookies: { beta: { exact: "1" } } }],
            sticky: { cookie: "web-version" },
            ladder: [100],
        };
        assert.deepEqual(
            validManifests(change).virtualService.spec.http.map(({ name }) => name),
            ["stable-only", "targeted", "mirrored", "sticky-100", "weighted"],
        );
    });

    it("uses the canary's outlier detection", () => {
        const outlierDetection = { canary: { consecutive5xxErrors: 1 } };
        const { subsets } = validManifests({ mirror, outlierDetection }).destinationRule.spec;
        assert.deepEqual(
            subsets.map(
                ({ trafficPolicy }) => trafficPolicy?.outlierDetection.consecutive5xxErrors,
            ),
            [undefined, 1, 1],
        );
    });

    it("adds no route and no subset at percentage 0", () => {
        const { virtualService, destinationRule } = validManifests({ mirror: { percentage: 0 } });
        assert.deepEqual(
            virtualService.spec.http.map(({ name }) => name),
            ["stable-only", "weighted"],
        );
        assert.equal(destinationRule.spec.subsets.length, 2);
    });

    it("breaks no rule", () => {
        assert.deepEqual(findingsIn(manifestList(validManifests({ mirror }))), []);
    });

    it("needs an exemption for unsafe methods", () => {
        const unsafe = { ...mirror, methods: ["GET" as const, "POST" as const] };
        const exemptions = { "mirror-methods": "2026-12-31 writes go to a copy" };
        const judgements = (change: Partial<RolloutInput>) =>
            checkManifests(manifestList(validManifests({ mirror: unsafe, ...change })), {
                today: "2026-11-21",
            }).map(({ rule, exemption }) => [rule.id, exemption?.reason]);
        assert.deepEqual(judgements({}), [["mirror-methods", undefined]]);
        assert.deepEqual(judgements({ exemptions }), [["mirror-methods", "writes go to a copy"]]);
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "at a weight above 0",
            { mirror, weight: 10 },
            "mirror.percentage: expected 0, because weight is 10, got 20.",
        ],
        [
            "without a canary version",
            { mirror, versions: { v1: { image: "web:1" } } },
            "mirror.percentage: expected 0, because versions.v2 is missing, got 20.",
        ],
        [
            "with a percentage above 100",
            { mirror: { percentage: 101 } },
            "mirror.percentage: expected an integer from 0 to 100, got 101.",
        ],
        [
            "with an unknown method",
            { mirror: { ...mirror, methods: ["get"] } },
            'mirror.methods[0]: expected one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, got "get".',
        ],
        [
            "without methods",
            { mirror: { ...mirror, methods: [] } },
            "mirror.methods: expected at least one method (to stop mirroring, set `percentage` to 0), got [].",
        ],
        [
            "with gRPC and without POST",
            { mirror, protocol: "grpc" },
            'mirror.methods: expected a list with POST, because every gRPC request is a POST, got ["GET","HEAD","OPTIONS"].',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`is rejected ${what}`, () => {
            const input = { ...validInput(), ...change } as RolloutInput;
            const result = checkConfig(input);
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

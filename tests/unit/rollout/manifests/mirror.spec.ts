import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn, judge } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const mirror = { percentage: 20 };

describe("a mirror", () => {
    it("should copy the requests of safe methods, and answer them from the stable", () => {
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

    it("should come after stable-only paths and targets, and before users who stay", () => {
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

    it("should have the ejections that are the canary's", () => {
        const outlierDetection = { canary: { consecutive5xxErrors: 1 } };
        const { subsets } = validManifests({ mirror, outlierDetection }).destinationRule.spec;
        assert.deepEqual(
            subsets.map(
                ({ trafficPolicy }) => trafficPolicy?.outlierDetection.consecutive5xxErrors,
            ),
            [undefined, 1, 1],
        );
    });

    it("should be no route and no subset without a percentage", () => {
        const { virtualService, destinationRule } = validManifests({ mirror: { percentage: 0 } });
        assert.deepEqual(
            virtualService.spec.http.map(({ name }) => name),
            ["stable-only", "weighted"],
        );
        assert.equal(destinationRule.spec.subsets.length, 2);
    });

    it("should break no rule", () => {
        assert.deepEqual(findingsIn(manifestList(validManifests({ mirror }))), []);
    });

    it("should need an exemption for methods that are not safe", () => {
        const asked = { ...mirror, methods: ["GET" as const, "POST" as const] };
        const exemptions = { "mirror-methods": "2026-12-31 writes go to a copy" };
        const judged = (change: Partial<RolloutInput>) =>
            judge(manifestList(validManifests({ mirror: asked, ...change })), {
                today: "2026-11-21",
            }).map(({ rule, exemption }) => [rule.id, exemption?.reason]);
        assert.deepEqual(judged({}), [["mirror-methods", undefined]]);
        assert.deepEqual(judged({ exemptions }), [["mirror-methods", "writes go to a copy"]]);
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "at a weight above 0",
            { mirror, weight: 10 },
            "mirror.percentage: expected 0, because weight is 10, got 20.",
        ],
        [
            "without a canary",
            { mirror, versions: { v1: { image: "web:1" } } },
            "mirror.percentage: expected 0, because versions.v2 is missing, got 20.",
        ],
        [
            "of more than all",
            { mirror: { percentage: 101 } },
            "mirror.percentage: expected an integer from 0 to 100, got 101.",
        ],
        [
            "of an unknown method",
            { mirror: { ...mirror, methods: ["get"] } },
            'mirror.methods[0]: expected one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, got "get".',
        ],
        [
            "of no method",
            { mirror: { ...mirror, methods: [] } },
            "mirror.methods: expected at least one method (to stop mirroring, set percentage to 0), got [].",
        ],
        [
            "of none of gRPC's requests",
            { mirror, protocol: "grpc" },
            'mirror.methods: expected POST among the methods, because every gRPC request is a POST, got ["GET","HEAD","OPTIONS"].',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`should be refused ${what}`, () => {
            const input = { ...validInput(), ...change } as RolloutInput;
            const result = checkConfig(input);
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

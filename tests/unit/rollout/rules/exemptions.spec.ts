import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig } from "../../../../rollout/config/rolloutConfig";
import { checkManifests } from "../../../../rollout/rules";
import { manifestsAsData, validInput } from "../../../fixtures/rollout/rollout";

describe("exemptions", () => {
    const exemptions = {
        "weight-cap": "2026-12-31 approved",
        "http-timeout": "2026-12-31 polling",
    };

    it("become annotations on each object that rules read", () => {
        const annotated = (change: object) =>
            manifestsAsData(change)
                .filter((one) => JSON.stringify(one.metadata).includes("exempt.istio-canary.dev/"))
                .map(({ kind }) => kind);
        assert.deepEqual(annotated({}), []);
        assert.deepEqual(annotated({ exemptions }), [
            "Service",
            "DestinationRule",
            "Deployment",
            "Deployment",
            "VirtualService",
        ]);
    });

    it("make findings advisory through their last day", () => {
        const manifests = manifestsAsData({ exemptions });
        for (const one of manifests) {
            if (one.kind === "VirtualService") {
                const { http } = one.spec as { http: { timeout?: string }[] };
                for (const route of http) delete route.timeout;
            }
        }
        const levels = (today: string) =>
            checkManifests(manifests, { today })
                .filter(({ rule }) => rule.id === "http-timeout")
                .map(({ level, exemption }) => [level, exemption?.reason]);
        assert.ok(levels("2026-12-31").length > 0);
        for (const found of levels("2026-12-31")) assert.deepEqual(found, ["advisory", "polling"]);
        for (const found of levels("2027-01-01")) {
            assert.deepEqual(found, ["mandatory", undefined]);
        }
    });

    const wrong: [what: string, exemptions: unknown, problem: string][] = [
        [
            "an unknown rule",
            { "http-timout": "2026-12-31 polling" },
            'exemptions.http-timout: expected a key that is the id of a rule (did you mean `http-timeout`?), got "http-timout".',
        ],
        [
            "a missing day",
            { "http-timeout": "polling" },
            'exemptions.http-timeout: expected a last day and a reason, such as "2026-12-31 long polling", got "polling".',
        ],
        [
            "a list",
            ["http-timeout"],
            'exemptions: expected a mapping from rule ids to a last day and a reason, got ["http-timeout"].',
        ],
    ];
    for (const [what, exemptions, problem] of wrong) {
        it(`refuse ${what}`, () => {
            const result = checkConfig({ ...validInput(), exemptions });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

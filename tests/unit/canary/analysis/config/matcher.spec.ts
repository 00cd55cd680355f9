// Label matchers of requests that the analysis excludes.
import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../../../canary/analysis/config/driverConfig";
import { opposite } from "../../../../../canary/analysis/config/matcher";
import { problemLine } from "../../../../../rollout/config/problems";

describe("opposite", () => {
    for (const [matcher, expected] of [
        ['source_workload="tester"', 'source_workload!="tester"'],
        ['source_workload!="tester"', 'source_workload="tester"'],
        ['source_app=~"a|b"', 'source_app!~"a|b"'],
        ["source_app !~ 'a'", "source_app=~'a'"],
        [String.raw`a="x\"y"`, String.raw`a!="x\"y"`],
    ] as const) {
        it(`turns ${matcher} into ${expected}`, () => {
            assert.equal(opposite(matcher), expected);
        });
    }
});

describe("analysis.exclude", () => {
    const check = (exclude: unknown) => checkDriverConfig({ analysis: { exclude } });

    it("accepts label matchers", () => {
        assert.ok(check(['source_workload="tester"', 'source_app=~"a|b"']).ok);
    });

    for (const wrong of [
        "tester",
        'source_workload="tester',
        'source_workload="a",source_app="b"',
        'a="b"} or up{x="y"',
        42,
    ]) {
        it(`refuses ${wrong}`, () => {
            const result = check([wrong]);
            assert.ok(!result.ok);
            const [line = "", ...more] = result.problems.map(problemLine);
            assert.match(line, /^analysis\.exclude\[0\]: expected a label matcher/);
            assert.ok(line.endsWith(`, got ${JSON.stringify(wrong)}.`), line);
            assert.deepEqual(more, []);
        });
    }
});

// The output formats of `check`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import { githubOutput } from "../../../../../canary/cli/check/output/github";
import { jsonOutput } from "../../../../../canary/cli/check/output/json";
import { junitOutput } from "../../../../../canary/cli/check/output/junit";
import type { CheckResult, Found } from "../../../../../canary/cli/check/output/result";
import { sarifOutput } from "../../../../../canary/cli/check/output/sarif";
import { textOutput } from "../../../../../canary/cli/check/output/textOutput";
import { CHECKOUT } from "../../../../../dev/checkout";
import { type Rule, rules } from "../../../../../rollout/rules";

const ruleOf = (id: string) => rules.find((rule) => rule.id === id) as Rule;

const timeout: Found = {
    rule: ruleOf("http-timeout"),
    level: "mandatory",
    finding: {
        resource: "VirtualService shop/web",
        path: "spec.http[0].timeout",
        found: undefined,
        expected: 'a duration, such as "5s"',
        fix: "Set it: 100%\nsure <now> & here.",
    },
    place: { file: "shop/a b,c.yaml", line: 3, column: 7 },
};
const exempted: Found = {
    ...timeout,
    level: "advisory",
    exemption: { until: "2026-12-31", reason: "long polling" },
    place: { file: "shop/ü.yaml", line: 1, column: 1 },
};
const result: CheckResult = {
    found: [timeout, exempted],
    objects: 12,
    files: ["shop/a b,c.yaml", "shop/ü.yaml", "clean.yaml"],
    preset: "correctness",
};

describe("text output", () => {
    it("groups findings by file and counts them by rule", () => {
        const lines = textOutput(result, false).split("\n");
        assert.equal(lines[0], "shop/a b,c.yaml");
        assert.match(
            lines[1] ?? "",
            /^ {2}3:7 {6}mandatory http-timeout {2}VirtualService shop\/web: /,
        );
        assert.ok(lines.includes("shop/ü.yaml"));
        const summary = "  http-timeout: 1 mandatory, 1 advisory. Every HTTP route";
        assert.ok(lines.some((line) => line.startsWith(summary)));
        assert.match(lines.at(-2) ?? "", /^Objects: 12\. .*1 mandatory, 1 advisory\.$/);
    });

    it("has colours only if asked", () => {
        const code = "\u001b[";
        assert.ok(!textOutput(result, false).includes(code));
        assert.ok(textOutput(result, true).includes(code));
    });
});

describe("JSON output", () => {
    it("has the documented schema", () => {
        const file = path.join(CHECKOUT, "docs", "policy", "check.schema.json");
        const validate = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(file, "utf8")));
        const data: object = JSON.parse(jsonOutput(result));
        assert.ok(validate(data), JSON.stringify(validate.errors));
        assert.ok(!validate({ ...data, more: 1 }));
    });

    it("has the rule of each finding on a line", () => {
        const lines = jsonOutput(result).split("\n");
        const found = lines.filter((line) => line.includes('"rule"'));
        assert.deepEqual(
            found.map((line) => line.trim()),
            ['"rule": "http-timeout",', '"rule": "http-timeout",'],
        );
    });
});

describe("SARIF output", () => {
    const [run] = JSON.parse(sarifOutput(result)).runs;

    it("describes the tool and all rules", () => {
        const { name, semanticVersion, rules: described } = run.tool.driver;
        assert.equal(name, "istio-canary");
        assert.match(semanticVersion, /^\d+\.\d+\.\d+/);
        assert.deepEqual(
            described.map(({ id }: { id: string }) => id),
            rules.map(({ id }) => id),
        );
        for (const { helpUri, help, fullDescription } of described) {
            assert.match(helpUri, /^https:\/\/.*\.md$/);
            assert.match(help.markdown, /^# /);
            assert.ok(fullDescription.text);
        }
    });

    it("has percent-encoded URIs", () => {
        const uris = run.results.map(
            (one: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
                one.locations[0]?.physicalLocation.artifactLocation.uri,
        );
        assert.deepEqual(uris, ["shop/a%20b%2Cc.yaml", "shop/%C3%BC.yaml"]);
        const place = { ...timeout.place, file: path.resolve("/a b.yaml") };
        const [absolute] = JSON.parse(sarifOutput({ ...result, found: [{ ...timeout, place }] }))
            .runs[0].results;
        assert.match(
            absolute.locations[0].physicalLocation.artifactLocation.uri,
            /^file:\/\/\/.*a%20b/,
        );
    });

    it("has levels, rule indexes and exemptions", () => {
        const [one, two] = run.results;
        assert.deepEqual([one.level, two.level], ["error", "warning"]);
        assert.equal(rules[one.ruleIndex]?.id, "http-timeout");
        assert.equal(one.suppressions, undefined);
        assert.match(two.suppressions[0].justification, /2026-12-31: long polling/);
    });
});

describe("JUnit output", () => {
    it("has a suite per file, and a failure per mandatory finding", () => {
        const lines = junitOutput(result).split("\n");
        assert.equal(lines[1], '<testsuites name="istio-canary" tests="3" failures="1">');
        assert.equal(lines.filter((line) => line.includes("<testsuite ")).length, 3);
        assert.equal(lines.filter((line) => line.includes("<failure ")).length, 1);
        assert.equal(lines.filter((line) => line.includes("<system-out>")).length, 1);
        assert.ok(lines.some((line) => line.includes('classname="clean.yaml" name="no findings"')));
    });

    it("escapes text for XML", () => {
        const text = junitOutput(result);
        assert.ok(text.includes("&lt;now&gt; &amp; here"));
        const bad = { ...timeout.finding, resource: "Service \u0001" };
        assert.ok(
            !junitOutput({ ...result, found: [{ ...timeout, finding: bad }] }).includes("\u0001"),
        );
    });
});

describe("GitHub output", () => {
    it("has an annotation per finding", () => {
        const lines = githubOutput(result).split("\n");
        assert.match(
            lines[0] ?? "",
            /^::error file=shop\/a b%2Cc\.yaml,line=3,col=7,title=http-timeout::VirtualService .*100%25%0Asure/,
        );
        assert.match(lines[1] ?? "", /^::warning file=shop\/ü\.yaml,line=1,/);
    });
});

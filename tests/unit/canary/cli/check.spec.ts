// Runs `istio-canary check` as a user does: output, places, exit codes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { COMMAND } from "../../../../dev/checkout";
import type { Manifest } from "../../../../rollout/rules";
import { programOf } from "../../../fixtures/rules/ruleCases";
import { world } from "../../../fixtures/rules/world";

describe("istio-canary check", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "canary-check-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const check = (args: string[], input = "") => {
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [COMMAND, "check", ...args],
            {
                encoding: "utf8",
                cwd: folder,
                input,
            },
        );
        return { status, stdout, stderr };
    };
    /** Without CanaryRollout, which is not an object in a YAML file. */
    const objects = (manifests: Manifest[]) =>
        manifests.filter(({ kind }) => kind !== "CanaryRollout");
    const write = (name: string, manifests: Manifest[]) =>
        writeFileSync(join(folder, name), objects(manifests).map(document).join(""));
    const document = (manifest: Manifest) => `---\n${stringify(manifest)}`;
    const withoutTimeout = () =>
        programOf({ title: "", at: ["VirtualService reviews", "spec", "http", 1, "timeout"] });

    it("exits with 0 without mandatory findings", () => {
        write("good.yaml", world());
        assert.deepEqual(check(["good.yaml"]), {
            status: 0,
            stdout: "Objects: 10. Findings: 0 mandatory, 0 advisory.\n",
            stderr: "",
        });
    });

    it("exits with 1 and prints file, line, rule, field and fix", () => {
        write("bad.yaml", withoutTimeout());
        const { status, stdout } = check(["bad.yaml"]);
        assert.equal(status, 1);
        const [finding, summary] = stdout.split("\n");
        assert.match(
            finding ?? "",
            /^bad\.yaml:\d+:\d+: mandatory http-timeout: VirtualService shop\/reviews: spec\.http\[1\]\.timeout: expected .*, got nothing\. Set the route's timeout.* See docs\/policy\/rules\/resilience\/http-timeout\.md\.$/,
        );
        assert.equal(summary, "Objects: 10. Findings: 1 mandatory, 0 advisory.");
    });

    it("points at the line of the field, or of the parent of a missing field", () => {
        writeFileSync(
            join(folder, "lines.yaml"),
            [
                "kind: VirtualService",
                "apiVersion: networking.istio.io/v1",
                "metadata: { name: web, namespace: shop }",
                "spec:",
                "  http:",
                "    - route: [{ destination: { host: web } }]",
                "    - route: [{ destination: { host: web } }]",
                "      timeout: 0s",
            ].join("\n"),
        );
        const places = check(["lines.yaml"])
            .stdout.split("\n")
            .filter((line) => line.includes("http-timeout"))
            .map((line) => line.split(": ")[0]);
        assert.deepEqual(places, ["lines.yaml:6:7", "lines.yaml:8:16"]);
    });

    it("checks all files together, also Lists and stdin", () => {
        const [service, ...rest] = objects(world()).filter(({ kind }) => kind !== "Namespace");
        const list = { apiVersion: "v1", kind: "List", items: rest };
        writeFileSync(join(folder, "service.json"), JSON.stringify(service));
        const { status, stdout } = check(["service.json", "-"], stringify(list));
        assert.deepEqual([status, stdout], [0, "Objects: 9. Findings: 0 mandatory, 0 advisory.\n"]);
    });

    it("reads levels and options from a file, and refuses invalid ones", () => {
        write("bad.yaml", withoutTimeout());
        writeFileSync(join(folder, "levels.json"), '{"http-timeout": "advisory"}');
        const advisory = check(["--config", "levels.json", "bad.yaml"]);
        assert.equal(advisory.status, 0);
        assert.match(
            advisory.stdout,
            /advisory http-timeout(.|\n)*Findings: 0 mandatory, 1 advisory/,
        );
        writeFileSync(join(folder, "off.json"), '{"all": "disabled"}');
        assert.equal(check(["--config", "off.json", "bad.yaml"]).status, 0);
        writeFileSync(
            join(folder, "wrong.json"),
            '{"http-timout": 1, "weight-step": {"ladder": 5}}',
        );
        const wrong = check(["--config", "wrong.json", "bad.yaml"]);
        assert.equal(wrong.status, 2);
        assert.match(wrong.stderr, /http-timout: unknown key; did you mean `http-timeout`\?/);
        assert.match(wrong.stderr, /weight-step\.ladder: expected a list of integers, got 5\./);
    });

    it("lists exempted findings as advisory", () => {
        const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
        const manifests = withoutTimeout();
        for (const { kind, metadata } of manifests) {
            if (kind !== "VirtualService") continue;
            const annotations = { "exempt.istio-canary.dev/http-timeout": `${until} long polling` };
            Object.assign(metadata as object, { annotations });
        }
        write("exempt.yaml", manifests);
        const { status, stdout } = check(["exempt.yaml"]);
        assert.equal(status, 0);
        assert.match(
            stdout,
            new RegExp(`advisory http-timeout: exempt until ${until} \\(long poll`),
        );
    });

    it("prints JSON and SARIF", () => {
        write("bad.yaml", withoutTimeout());
        const [one] = JSON.parse(check(["--format", "json", "bad.yaml"]).stdout);
        assert.equal(one.rule, "http-timeout");
        assert.equal(one.path, "spec.http[1].timeout");
        assert.equal(one.found, null);
        const { version, runs } = JSON.parse(check(["--format", "sarif", "bad.yaml"]).stdout);
        assert.equal(version, "2.1.0");
        const [result] = runs[0].results;
        assert.equal(result.ruleId, "http-timeout");
        assert.equal(result.level, "error");
        assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, "bad.yaml");
        assert.equal(result.locations[0].physicalLocation.region.startLine, one.line);
        const ids = runs[0].tool.driver.rules.map(({ id }: { id: string }) => id);
        assert.ok(ids.includes("http-timeout"));
    });

    const unreadable: [what: string, name: string, text: string, message: RegExp][] = [
        ["a missing file", "none.yaml", "", /none\.yaml/],
        ["invalid YAML", "broken.yaml", "a: [1", /broken\.yaml: .*line 1/],
        ["a file without objects", "empty.yaml", "# nothing\n", /No Kubernetes object/],
    ];
    for (const [what, name, text, message] of unreadable) {
        it(`exits with 2 on ${what}`, () => {
            if (text !== "") writeFileSync(join(folder, name), text);
            const { status, stderr } = check([name]);
            assert.equal(status, 2);
            assert.match(stderr, message);
        });
    }
});

// Runs `istio-canary check` as a user does: output, places, exit codes.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { type CheckOptions, check as run } from "../../../../../canary/cli/check/check";
import { hasColor } from "../../../../../canary/cli/check/checkCommand";
import type { Manifest, Preset } from "../../../../../rollout/rules";
import { runCommand } from "../../../../fixtures/command";
import { programOf } from "../../../../fixtures/rules/ruleCases";
import { world } from "../../../../fixtures/rules/world";

describe("istio-canary check", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "canary-check-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    const check = (args: string[], input = "") =>
        runCommand(["check", ...args], {
            cwd: folder,
            input,
            // The colour of the output does not depend on who runs the tests.
            env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1" },
        });
    /** In this process, which is faster. */
    const findingsOf = async (file: string, options: Partial<CheckOptions> = {}) => {
        const { output } = await run([join(folder, file)], {
            format: "json",
            color: false,
            ...options,
        });
        return JSON.parse(output).findings as { rule: string; level: string; file: string }[];
    };
    const textOf = async (file: string, options: Partial<CheckOptions> = {}) =>
        run([join(folder, file)], { format: "text", color: false, ...options });
    const writeText = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
    };
    /** Without CanaryRollout, which is not an object in a YAML file. */
    const objects = (manifests: Manifest[]) =>
        manifests.filter(({ kind }) => kind !== "CanaryRollout");
    const write = (name: string, manifests: Manifest[]) =>
        writeFileSync(join(folder, name), objects(manifests).map(document).join(""));
    const document = (manifest: Manifest) => `---\n${stringify(manifest)}`;
    const withoutTimeout = () =>
        programOf({ title: "", at: ["VirtualService reviews", "spec", "http", 1, "timeout"] });

    it("reports an apiVersion or a kind that is not a string", async () => {
        const text = "{ toString: 1 }\nmetadata: { name: web }\n";
        const types = `---\nkind: Service\napiVersion: ${text}---\napiVersion: v1\nkind: ${text}`;
        writeText("types.yaml", types);
        const found = await findingsOf("types.yaml");
        assert.deepEqual(
            found.map(({ rule, level }) => `${level} ${rule}`),
            ["mandatory object-kind", "mandatory object-kind"],
        );
    });

    it("exits with 0 without mandatory findings", async () => {
        write("good.yaml", world());
        assert.deepEqual(await check(["good.yaml"]), {
            status: 0,
            stdout: "Objects: 10. Preset: correctness. Findings: 0 mandatory, 0 advisory.\n",
            stderr: "",
        });
    });

    it("exits with 1 and prints file, line, rule, field and fix", async () => {
        write("bad.yaml", withoutTimeout());
        const { status, stdout } = await check(["bad.yaml"]);
        assert.equal(status, 1);
        const [file, finding, , rule, explain, summary] = stdout.split("\n");
        assert.equal(file, "bad.yaml");
        assert.match(
            finding ?? "",
            /^ {2}\d+:\d+ +mandatory http-timeout {2}VirtualService shop\/reviews: spec\.http\[1\]\.timeout: expected .*, got nothing\. Set the route's timeout/,
        );
        assert.match(rule ?? "", /^ {2}http-timeout: 1 mandatory\. Every HTTP route /);
        assert.match(explain ?? "", /check --explain RULE$/);
        assert.equal(
            summary,
            "Objects: 10. Preset: correctness. Findings: 1 mandatory, 0 advisory.",
        );
    });

    it("points at the line of the field, or of the parent of a missing field", async () => {
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
        const { output } = await textOf("lines.yaml");
        const places = output
            .split("\n")
            .filter((line) => /^ {2}\d.* spec\.http\[\d\]\.timeout: /.test(line))
            .map((line) => line.trim().split(" ")[0]);
        assert.deepEqual(places, ["6:7", "8:16"]);
    });

    it("checks all files together, also Lists and stdin", async () => {
        const [service, ...rest] = objects(world()).filter(({ kind }) => kind !== "Namespace");
        const list = { apiVersion: "v1", kind: "List", items: rest };
        writeFileSync(join(folder, "service.json"), JSON.stringify(service));
        const { status, stdout } = await check(["service.json", "-"], stringify(list));
        assert.equal(status, 0);
        assert.match(stdout, /^Objects: 9\. .* 0 mandatory, 0 advisory\.\n$/);
    });

    it("reads levels and options from a file, and refuses invalid ones", async () => {
        write("bad.yaml", withoutTimeout());
        const levels = writeText("levels.json", '{"http-timeout": "advisory"}');
        const advisory = await textOf("bad.yaml", { config: levels });
        assert.equal(advisory.refused, false);
        assert.match(
            advisory.output,
            /advisory {2}http-timeout(.|\n)*Findings: 0 mandatory, 1 advisory/,
        );
        const off = writeText("off.json", '{"all": "disabled"}');
        assert.equal((await textOf("bad.yaml", { config: off })).refused, false);
        writeFileSync(
            join(folder, "wrong.json"),
            '{"http-timout": 1, "weight-step": {"ladder": 5}}',
        );
        const wrong = await check(["--config", "wrong.json", "bad.yaml"]);
        assert.equal(wrong.status, 2);
        assert.match(wrong.stderr, /http-timout: unknown key; did you mean `http-timeout`\?/);
        assert.match(
            wrong.stderr,
            /weight-step\.ladder: expected a list of integers from 1 to 100, got 5\./,
        );
    });

    it("lists exempted findings as advisory", async () => {
        const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
        const manifests = withoutTimeout();
        for (const { kind, metadata } of manifests) {
            if (kind !== "VirtualService") continue;
            const annotations = { "exempt.istio-canary.dev/http-timeout": `${until} long polling` };
            Object.assign(metadata as object, { annotations });
        }
        write("exempt.yaml", manifests);
        const { output, refused } = await textOf("exempt.yaml");
        assert.equal(refused, false);
        assert.match(
            output,
            new RegExp(`advisory {2}http-timeout {2}exempt until ${until} \\(long poll`),
        );
    });

    it("prints the formats that are for programs", async () => {
        write("bad.yaml", withoutTimeout());
        const starts = [
            ["json", '{\n  "format": 1'],
            ["sarif", '{\n  "$schema"'],
            ["junit", "<?xml"],
            ["github", "::error file="],
        ] as const;
        for (const [format, start] of starts) {
            const options = { format, color: false };
            const { output, refused } = await run([join(folder, "bad.yaml")], options);
            assert.ok(refused);
            assert.ok(output.startsWith(start), output.slice(0, 200));
        }
    });

    it("runs the project's own policy only in the presets recommended and strict", async () => {
        const withoutLimits = programOf({
            title: "",
            at: ["DestinationRule reviews", "spec", "trafficPolicy", "connectionPool"],
        });
        write("limits.yaml", withoutLimits);
        const ids = async (options?: Partial<CheckOptions>) =>
            (await findingsOf("limits.yaml", options)).map(({ rule }) => rule);
        assert.deepEqual(await ids(), []);
        assert.deepEqual(await ids({ preset: "recommended" }), ["connection-pool"]);
        assert.deepEqual(await ids({ preset: "strict" }), ["connection-pool"]);
        const level = writeText("pool.json", '{"connection-pool": "advisory"}');
        assert.deepEqual(await ids({ config: level }), ["connection-pool"]);
        const preset = writeText("preset.json", '{"istio-canary": {"preset": "recommended"}}');
        assert.deepEqual(await ids({ config: preset }), ["connection-pool"]);
        assert.deepEqual(await ids({ config: preset, preset: "correctness" }), []);
    });

    it("makes every rule mandatory in the preset strict", async () => {
        const text = document({
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "web", namespace: "shop" },
            spec: {
                hosts: ["web.shop.svc.cluster.local"],
                http: [
                    {
                        match: [{ method: { exact: "POST" } }],
                        timeout: "5s",
                        retries: {
                            attempts: 1,
                            perTryTimeout: "1s",
                            retryOn: "connect-failure,reset",
                        },
                        route: [{ destination: { host: "web.shop.svc.cluster.local" } }],
                    },
                ],
            },
        });
        writeText("retries.yaml", text);
        const levels = async (preset: Preset) =>
            (await findingsOf("retries.yaml", { preset }))
                .filter(({ rule }) => rule === "retry-safety")
                .map(({ level }) => level);
        assert.deepEqual(await levels("recommended"), ["advisory"]);
        assert.deepEqual(await levels("strict"), ["mandatory"]);
    });

    it("prints the page of a rule", async () => {
        const { status, stdout } = await check(["--explain", "http-timeout"]);
        assert.deepEqual([status, stdout.split("\n")[0]], [0, "# http-timeout"]);
        const wrong = await check(["--explain", "http-timout"]);
        assert.equal(wrong.status, 2);
        assert.match(wrong.stderr, /Did you mean http-timeout\?/);
    });

    it("checks each of two overlays with the files that they share", async () => {
        const [service, ...rest] = objects(world());
        write("base.yaml", service === undefined ? [] : [service]);
        write("prod.yaml", rest);
        write("staging.yaml", objects(withoutTimeout()).slice(1));
        const files = ["base.yaml", "prod.yaml", "staging.yaml"].map((name) => join(folder, name));
        const { output } = await run(files, { format: "json", color: false });
        const found = JSON.parse(output).findings as { rule: string; file: string }[];
        assert.deepEqual(
            found.map(({ rule, file }) => [rule, basename(file)]),
            [["http-timeout", "staging.yaml"]],
        );
    });

    it("colours the text only on a terminal", () => {
        assert.ok(hasColor(true, {}));
        assert.ok(!hasColor(false, {}));
        assert.ok(!hasColor(true, { NO_COLOR: "1" }));
        assert.ok(!hasColor(true, { TERM: "dumb" }));
        assert.ok(hasColor(false, { FORCE_COLOR: "1" }));
        assert.ok(!hasColor(true, { FORCE_COLOR: "0" }));
    });

    const wrongSettings: [settings: string, message: RegExp][] = [
        ['{"http-timeout": {"longest": "30 s"}}', /longest: expected a string such as "30s"/],
        ['{"retry-attempts": {"most": -1}}', /most: expected an integer of at least 0, got -1/],
        ['{"outlier-ejection": {"most": 500}}', /most: expected an integer from 0 to 100, got 500/],
        ['{"weight-step": {"ladder": [100, 5, -3]}}', /expected an integer from 1 to 100, got -3/],
        ['{"weight-step": {"ladder": [50, 10]}}', /each larger than the one before, got \[50,10\]/],
        ['{"istio-canary": {"preset": "strikt"}}', /preset: expected one of correctness, /],
        ["{", /levels\.json: expected JSON/],
    ];
    for (const [settings, message] of wrongSettings) {
        it(`rejects the settings ${settings}`, async () => {
            write("good.yaml", world());
            const config = writeText("levels.json", settings);
            await assert.rejects(findingsOf("good.yaml", { config }), ({ message: text }: Error) =>
                message.test(text),
            );
        });
    }

    const unreadable: [what: string, name: string, text: string, message: RegExp][] = [
        ["a missing file", "none.yaml", "", /none\.yaml: expected a file or directory/],
        ["invalid YAML", "broken.yaml", "a: [1", /broken\.yaml:\d:\d: expected YAML/],
        [
            "a file without objects",
            "empty.yaml",
            "# nothing\n",
            /No Kubernetes object in .*empty\.yaml/,
        ],
    ];
    for (const [what, name, text, message] of unreadable) {
        it(`could not run on ${what}`, async () => {
            if (text !== "") writeText(name, text);
            await assert.rejects(textOf(name), ({ message: found }: Error) => message.test(found));
        });
    }
});

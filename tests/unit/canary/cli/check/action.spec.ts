// The GitHub Action and the pre-commit hook run the published package of this version.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { CHECKOUT } from "../../../../../dev/checkout";

const read = (...names: string[]) => readFileSync(path.join(CHECKOUT, ...names), "utf8");
const PACKAGE = `istio-canary-cli@${JSON.parse(read("canary", "package.json")).version}`;

describe("the GitHub Action", () => {
    const action = parse(read("action.yml"));
    const [step] = action.runs.steps;
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "canary-action-"));
        const npm = path.join(folder, "npm");
        writeFileSync(npm, '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n');
        chmodSync(npm, 0o755);
    });
    after(() => rmSync(folder, { recursive: true }));

    /** Runs the step with an npm that prints its arguments and fails. */
    const run = (inputs: Record<string, string>) => {
        const values = Object.entries(action.inputs).map(([name, input]) => {
            const { default: value = "" } = input as { default?: string };
            return [name.toUpperCase(), inputs[name] ?? value];
        });
        const { status, stdout } = spawnSync("bash", ["-e", "-c", step.run], {
            cwd: folder,
            encoding: "utf8",
            env: { ...Object.fromEntries(values), PATH: `${folder}:${process.env.PATH}` },
        });
        return { status, args: stdout.trim().split("\n") };
    };

    it("passes each input to the step", () => {
        const passed = Object.keys(action.inputs).map((name) => [
            name.toUpperCase(),
            `\${{ inputs.${name} }}`,
        ]);
        assert.deepEqual(step.env, Object.fromEntries(passed));
    });

    it("runs the package of this version, and fails as it does", () => {
        assert.deepEqual(run({ files: "deploy/\nother dir/\n" }), {
            status: 3,
            args: [
                ...["exec", "--yes", `--package=${PACKAGE}`, "--", "istio-canary", "check"],
                ...["--preset", "correctness", "--format", "github", "deploy/", "other dir/"],
            ],
        });
    });

    it("passes options, and writes the output to a file", () => {
        const { status, args } = run({
            files: "-",
            namespace: "shop",
            config: "levels.json",
            format: "sarif",
            output: "out.sarif",
        });
        assert.deepEqual([status, args], [3, [""]]);
        const written = readFileSync(path.join(folder, "out.sarif"), "utf8");
        assert.match(written, /\nsarif\n--namespace\nshop\n--config\nlevels\.json\n-\n$/);
    });
});

describe("the pre-commit hook", () => {
    const [hook] = parse(read(".pre-commit-hooks.yaml"));

    it("runs the package of this version on the whole program", () => {
        assert.equal(hook.entry, `npm exec --yes --package=${PACKAGE} -- istio-canary check`);
        assert.equal(hook.pass_filenames, false);
        assert.deepEqual(hook.args, ["."]);
    });
});

// `eval "$(npx istio-canary sandbox env)"`, run in a real shell.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { type Layout, sandboxLayout } from "../../../../dev/sandbox/layout";
import {
    insideEnvironment,
    sandboxEnvironment,
    shellExports,
    shellQuoted,
} from "../../../../dev/sandbox/shellEnvironment";

const ports = { api: 20_000, prometheus: 20_002, http: 20_004, https: 20_006 };

describe("the sandbox's environment", () => {
    let dir: string;
    let layout: Layout;
    before(() => {
        dir = mkdtempSync(path.join(realpathSync(tmpdir()), "canary env's "));
        mkdirSync(path.join(dir, "checkout"));
        layout = sandboxLayout(path.join(dir, "checkout"));
    });
    after(() => rmSync(dir, { recursive: true }));

    const inShell = (script: string) =>
        execFileSync("sh", ["-ec", script, "sh", shellExports(layout, ports)], {
            encoding: "utf8",
            env: { PATH: "/usr/bin:/bin" },
        });

    it("points a shell at the sandbox, also with special characters in the checkout's path", () => {
        const script =
            'eval "$1"; printf "%s\\n" "$KUBECONFIG" "$PULUMI_BACKEND_URL" "$PROMETHEUS_URL"';
        assert.deepEqual(inShell(script).trimEnd().split("\n"), [
            `${dir}/checkout/.sandbox/cluster/kubeconfig`,
            `file://${dir}/checkout/.sandbox/cluster/stacks`,
            "http://127.0.0.1:20002",
        ]);
    });

    it("sets an empty passphrase instead of leaving it unset", () => {
        assert.equal(
            inShell('eval "$1"; env | grep ^PULUMI_CONFIG'),
            "PULUMI_CONFIG_PASSPHRASE=\n",
        );
    });

    it("puts its programs first in PATH, once even if evaluated twice", () => {
        const script = 'eval "$1"; eval "$1"; printf %s "$PATH"';
        assert.equal(inShell(script), `${dir}/checkout/.sandbox/bin:/usr/bin:/bin`);
    });

    it("uses the node's own loopback address inside the namespace", () => {
        const inside = insideEnvironment(layout, ports, { PATH: "/bin" });
        assert.equal(inside.PROMETHEUS_URL, "http://127.0.0.1:9090");
        assert.equal(inside.PATH, `${dir}/checkout/.sandbox/bin:/bin`);
    });

    it("keeps the caller's other variables", () => {
        const env = sandboxEnvironment(layout, ports, { PATH: "/bin", EDITOR: "ed" });
        assert.equal(env.EDITOR, "ed");
    });
});

describe("shellQuoted", () => {
    it("quotes any text so that a shell prints it unchanged", () => {
        const text = fc
            .string({ unit: "grapheme", maxLength: 20 })
            .filter((t) => !t.includes("\0"));
        fc.assert(
            fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
                const script = texts.map((t) => `printf '%s\\0' ${shellQuoted(t)}`).join("\n");
                const output = execFileSync("sh", ["-ec", script], { encoding: "utf8" });
                assert.equal(output, texts.map((t) => `${t}\0`).join(""));
            }),
            { numRuns: 30 },
        );
    });
});

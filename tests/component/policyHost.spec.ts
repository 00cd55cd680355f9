import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";

describe("the policy host", () => {
    let project: string;

    before(() => {
        project = mkdtempSync(join(tmpdir(), "istio-canary-host-"));
        const filter = (file: string) => basename(file) !== "node_modules";
        for (const name of ["bundle.js", "policy", "rollout", "tsconfig.json"]) {
            cpSync(join(CHECKOUT, name), join(project, name), { recursive: true, filter });
        }
        symlinkSync(join(CHECKOUT, "node_modules"), join(project, "node_modules"));
    });

    after(() => rmSync(project, { recursive: true, force: true }));

    /** Starts the pack like the analyzer: with the host that Node.js resolves from the pack's folder. */
    async function serve(): Promise<{ port: string; loaded: string }> {
        const cwd = join(project, "policy");
        const lookUp = `require.resolve("@pulumi/pulumi/cmd/run-policy-pack")`;
        const { stdout: found } = await execa("node", ["-p", lookUp], { cwd });
        const host = execa("node", [found, "127.0.0.1:1", "."], {
            cwd,
            reject: false,
            // Logs every loaded file.
            env: { NODE_DEBUG: "module" },
        });
        const port = await new Promise<string>((resolve, reject) => {
            host.stdout?.once("data", (data) => resolve(String(data).trim()));
            host.then(({ stderr }) => reject(new Error(stderr)));
        });
        host.kill();
        return { port, loaded: (await host).stderr };
    }

    it("serves the pack of the checkout from the bundle", async function () {
        this.timeout(60_000);
        const { port, loaded } = await serve();
        assert.match(port, /^\d+$/);
        assert.match(loaded, /load ".*\/bundle\.js"/);
    });

    it("uses the current sources of the rules", async function () {
        this.timeout(60_000);
        writeFileSync(join(project, "rollout", "rules", "index.ts"), "export const rules = 1 +;\n");
        await assert.rejects(serve(), /rollout\/rules\/index\.ts:1:24: ERROR/);
    });
});

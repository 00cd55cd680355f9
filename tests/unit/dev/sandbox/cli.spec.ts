// The command line in a checkout with its sandbox down: stdout, stderr and exit codes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";
import { runCommand } from "../../../fixtures/command";

describe("istio-canary", () => {
    let checkout: string;
    before(() => {
        // A separate checkout, because this one's sandbox may be up.
        checkout = mkdtempSync(path.join(realpathSync(tmpdir()), "canary-cli-"));
        for (const copied of ["canary", "dev/sandbox", "dev/checkout.ts"]) {
            cpSync(path.join(CHECKOUT, copied), path.join(checkout, copied), { recursive: true });
        }
        for (const shared of ["rollout", "node_modules", "package.json"]) {
            symlinkSync(path.join(CHECKOUT, shared), path.join(checkout, shared));
        }
    });
    after(() => rmSync(checkout, { recursive: true }));

    /** From its sources, as a user of a checkout runs it. */
    const canary = (...args: string[]) => {
        const command = [path.join(checkout, "canary", "bin", "istio-canary.js"), ...args];
        const { status, stdout, stderr } = spawnSync(process.execPath, command, {
            encoding: "utf8",
        });
        return { status, stdout, stderr };
    };

    it("prints nothing to stdout for `sandbox env` while the sandbox is down", () => {
        assert.deepEqual(canary("sandbox", "env"), {
            status: 2,
            stdout: "",
            stderr: "istio-canary: The sandbox is not up. Bring it up with: npx istio-canary sandbox up\n",
        });
    });

    it("rejects a log of an unknown part and lists the parts with logs", () => {
        assert.deepEqual(canary("sandbox", "logs", "kublet"), {
            status: 2,
            stdout: "",
            stderr: 'istio-canary: No log for part "kublet". Parts with logs: none yet.\n',
        });
    });

    it("rejects an unknown command", async () => {
        const { status, stderr } = await runCommand(["sandbx"]);
        assert.equal(status, 2);
        assert.match(stderr, /^error: unknown command 'sandbx'\n/);
    });

    it("rejects a number of lines that is not a number", async () => {
        const { status, stderr } = await runCommand(["sandbox", "logs", "-n", "many"]);
        assert.equal(status, 2);
        assert.match(stderr, /Expected a whole number of lines, got "many"\./);
    });

    it("prints examples and exit codes in the help of `sandbox`", async () => {
        const { status, stdout } = await runCommand(["sandbox", "--help"]);
        assert.equal(status, 0);
        assert.match(stdout, /eval "\$\(npx istio-canary sandbox env\)"/);
        assert.match(
            stdout,
            /Exit codes: 0 success, 1 `status` found it unhealthy or down, 2 error\./,
        );
    });

    it("prints the status `down` with exit code 1, as root", function () {
        if (process.getuid?.() !== 0) {
            this.skip(); // Without root, `status` fails with 2.
        }
        const { status, stdout } = canary("sandbox", "status");
        assert.equal(status, 1);
        assert.match(
            stdout,
            /^sandbox canary-[0-9a-f]{8} of .*: down\nBring it up with: npx istio-canary sandbox up\n$/,
        );
    });
});

// The command line of a checkout whose sandbox is down: what is printed where, and the exit codes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";

describe("istio-canary", () => {
    let checkout: string;
    before(() => {
        // A checkout of its own: the one that these tests are in may have its sandbox up.
        checkout = mkdtempSync(path.join(realpathSync(tmpdir()), "canary-cli-"));
        const here = CHECKOUT;
        for (const copied of ["canary", "dev/sandbox", "dev/checkout.ts"]) {
            cpSync(path.join(here, copied), path.join(checkout, copied), { recursive: true });
        }
        for (const shared of ["rollout", "node_modules", "package.json"]) {
            symlinkSync(path.join(here, shared), path.join(checkout, shared));
        }
    });
    after(() => rmSync(checkout, { recursive: true }));

    const canary = (...args: string[]) => {
        const command = [path.join(checkout, "canary", "bin", "istio-canary.js"), ...args];
        const { status, stdout, stderr } = spawnSync(process.execPath, command, {
            encoding: "utf8",
        });
        return { status, stdout, stderr };
    };

    it("has env print nothing to a shell's eval when the sandbox is down", () => {
        assert.deepEqual(canary("sandbox", "env"), {
            status: 2,
            stdout: "",
            stderr: "istio-canary: The sandbox is not up. Bring it up with: npx istio-canary sandbox up\n",
        });
    });

    it("refuses a log of a part that there is not, and says which there are", () => {
        assert.deepEqual(canary("sandbox", "logs", "kublet"), {
            status: 2,
            stdout: "",
            stderr: 'istio-canary: No log of a part "kublet"; there are no logs yet.\n',
        });
    });

    it("refuses an unknown command", () => {
        const { status, stderr } = canary("sandbx");
        assert.equal(status, 2);
        assert.match(stderr, /^error: unknown command 'sandbx'\n/);
    });

    it("refuses a number of lines that is none", () => {
        const { status, stderr } = canary("sandbox", "logs", "-n", "many");
        assert.equal(status, 2);
        assert.match(stderr, /Expected a whole number of lines, got "many"\./);
    });

    it("explains itself with examples", () => {
        const { status, stdout } = canary("sandbox", "--help");
        assert.equal(status, 0);
        assert.match(stdout, /eval "\$\(npx istio-canary sandbox env\)"/);
        assert.match(stdout, /Exit codes: 0 done, 1 not healthy or not up, 2 could not run\./);
    });

    it("says down, with exit code 1, as root", function () {
        if (process.getuid?.() !== 0) {
            this.skip(); // Without root it says so, with 2.
        }
        const { status, stdout } = canary("sandbox", "status");
        assert.equal(status, 1);
        assert.match(
            stdout,
            /^sandbox canary-[0-9a-f]{8} of .*: down\nBring it up with: npx istio-canary sandbox up\n$/,
        );
    });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";

const HOST = join(CHECKOUT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");

describe("the policy pack as a separate package", () => {
    let folder: string;

    before(async function () {
        this.timeout(120_000);
        folder = mkdtempSync(join(tmpdir(), "istio-canary-policy-"));
        await execa("npm", ["run", "--silent", "build:policy"], { cwd: CHECKOUT });
        await execa("npm", ["pack", "--silent", "--pack-destination", folder], {
            cwd: join(CHECKOUT, "dist", "policy-pack"),
        });
        const pack = join(folder, "node_modules", "istio-canary-policy");
        mkdirSync(pack, { recursive: true });
        const tarball = join(folder, "istio-canary-policy-0.1.0.tgz");
        await execa("tar", ["-xzf", tarball, "-C", pack, "--strip-components=1"]);
        // Only the dependencies that `npm install` would fetch.
        mkdirSync(join(folder, "node_modules", "@pulumi"));
        for (const name of ["@pulumi/policy", "zod"]) {
            symlinkSync(join(CHECKOUT, "node_modules", name), join(folder, "node_modules", name));
        }
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    it("runs in the policy host without the rest of the project", async () => {
        const cwd = join(folder, "node_modules", "istio-canary-policy");
        const host = execa("node", [HOST, "127.0.0.1:1", "."], { cwd, reject: false });
        const port = await new Promise<string>((resolve, reject) => {
            host.stdout?.once("data", (data) => resolve(String(data).trim()));
            host.then(({ stderr }) => reject(new Error(stderr)));
        });
        host.kill();
        await host;
        assert.match(port, /^\d+$/);
    });

    it("has the same version and dependencies as the project", () => {
        const { version, dependencies } = require(
            join(CHECKOUT, "dev/packages/policy-pack/package.json"),
        );
        const project = require(join(CHECKOUT, "package.json"));
        assert.equal(version, project.version);
        for (const [name, wanted] of Object.entries(dependencies)) {
            assert.equal(wanted, project.dependencies[name], name);
        }
    });
});

// The templates for `pulumi new`, as a user generates and previews them, with the packed package.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import type { Target } from "../../../dev/sandbox/demo/target";
import { succeeded } from "../harness/succeeded";

/** What `npm install` would fetch, linked from this checkout. */
const DEPENDENCIES = [
    ...["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/policy"],
    ...["zod", "re2js", "typescript", "@types/node"],
];

/** What docs/start/languages.md adds after `npm install`, because `pulumi new` fails if the folder does not exist. */
const PACKAGES = `packages:
    istio-canary: ./node_modules/istio-canary/dist/provider
`;

describe("pulumi new", () => {
    let target: Target;
    let folder: string;
    let modules: string;

    before(async () => {
        target = await sandboxTarget(false);
        folder = mkdtempSync(path.join(tmpdir(), "istio-canary-templates-"));
        modules = path.join(folder, "node_modules");
        const installed = path.join(modules, "istio-canary");
        mkdirSync(installed, { recursive: true });
        await execa("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: CHECKOUT });
        const tarball = path.join(folder, "istio-canary-0.1.0.tgz");
        await execa("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
        for (const name of DEPENDENCIES) {
            const link = path.join(modules, name);
            mkdirSync(path.dirname(link), { recursive: true });
            symlinkSync(path.join(CHECKOUT, "node_modules", name), link);
        }
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const name of readdirSync(path.join(CHECKOUT, "templates"))) {
        it(`generates a program that previews: templates/${name}`, async () => {
            const cwd = path.join(folder, name);
            const template = path.join(CHECKOUT, "templates", name);
            const generate = ["new", template, "--generate-only", "--yes", "--name", "shop"];
            succeeded(await pulumi([...generate, "--dir", cwd], folder));
            symlinkSync(modules, path.join(cwd, "node_modules"));
            if (name === "yaml") appendFileSync(path.join(cwd, "Pulumi.yaml"), PACKAGES);
            succeeded(await pulumi(["stack", "init", "mesh"], cwd));
            const pack = path.join(modules, "istio-canary", "dist", "policy");
            const { output } = succeeded(await pulumi(["preview", "--policy-pack", pack], cwd));
            assert.match(output, /host *: "web\.default\.svc\.cluster\.local"/);
            assert.doesNotMatch(output, /\[(mandatory|advisory)\]/);
            succeeded(await pulumi(["stack", "rm", "mesh", "--yes"], cwd));
        });
    }

    async function pulumi(args: string[], cwd: string) {
        const { exitCode = 1, all } = await execa(
            target.pulumiFile,
            [...args, "--non-interactive", "--color", "never"],
            { cwd, env: target.env, all: true, reject: false, stdin: "ignore" },
        );
        return { exitCode, output: all ?? "" };
    }
});

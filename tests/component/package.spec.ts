import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";

/** A user's program outside this repository. */
const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout, type CanaryRolloutArgs } from "istio-canary";
import { rules } from "istio-canary/rules";

const args: CanaryRolloutArgs = {
    app: "shop",
    namespace: "shop",
    versions: { v1: { image: "shop:1", replicas: 3 }, v2: { image: "shop:2" } },
    weight: 10,
};
const types: string[] = [];
pulumi.runtime
    .setMocks({
        newResource: ({ type, name, inputs }) => {
            types.push(type);
            return { id: name, state: inputs };
        },
        call: () => ({ outputs: {} }),
    })
    .then(async () => {
        const host: pulumi.Output<string> = new CanaryRollout("shop", args).host;
        await pulumi.runtime.disconnect();
        host.apply((text) => console.log(JSON.stringify({ types, text, rules: rules.length })));
    });
`;

const COMPILE = [
    ...["--strict", "--skipLibCheck", "--types", "node", "--target", "es2022"],
    ...["--module", "node16", "--moduleResolution", "node16"],
    ...["program.ts", "wrong.ts"],
];

const RUN_PLUGIN = join(CHECKOUT, "node_modules/@pulumi/pulumi/cmd/run-plugin");
const RUN_PACK = join(CHECKOUT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");

// Both suites are in one file, because a process runs a file's suites in turn and both packages are built in the same folder.

describe("the packed package", () => {
    let folder: string;

    before(async function () {
        this.timeout(120_000);
        folder = mkdtempSync(join(tmpdir(), "istio-canary-pack-"));
        await install(CHECKOUT, "istio-canary", folder, [
            "@pulumi/pulumi",
            "@pulumi/kubernetes",
            "@pulumi/policy",
            "re2js",
            "zod",
            "@types/node",
        ]);
        writeFileSync(join(folder, "program.ts"), PROGRAM);
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    it("compiles in a user's program, and rejects a misspelled argument", async function () {
        this.timeout(60_000);
        writeFileSync(join(folder, "wrong.ts"), PROGRAM.replace("weight: 10", "wieght: 10"));
        const tsc = join(CHECKOUT, "node_modules", "typescript", "bin", "tsc");
        const { stdout } = await execa("node", [tsc, ...COMPILE], { cwd: folder, reject: false });
        assert.match(
            stdout,
            /^wrong\.ts\(\d+,\d+\): error TS2561: .*'wieght' does not exist in type 'CanaryRolloutArgs'\. Did you mean to write 'weight'\?$/,
        );
    });

    it("runs in a user's program", async () => {
        const { stdout } = await execa("node", ["program.js"], { cwd: folder });
        const { types, text, rules } = JSON.parse(stdout);
        assert.equal(text, "shop.shop.svc.cluster.local");
        assert.ok(rules > 0);
        assert.deepEqual([...new Set<string>(types)].sort(), [
            "istio-canary:index:CanaryRollout",
            "istio-canary:index:TrafficSplit",
            "istio-canary:index:VersionWorkload",
            "kubernetes:apps/v1:Deployment",
            "kubernetes:core/v1:Service",
            "kubernetes:core/v1:ServiceAccount",
            "kubernetes:networking.istio.io/v1:DestinationRule",
            "kubernetes:networking.istio.io/v1:VirtualService",
        ]);
    });

    it("contains the compiled policy pack", async () => {
        const pack = join(folder, "node_modules", "istio-canary", "dist", "policy");
        assert.match(await servedPort("node", [RUN_PACK, "127.0.0.1:1", "."], pack), /^\d+$/);
    });

    it("contains the provider plugin, started by its executable or by Pulumi's Node.js host", async () => {
        const plugin = join(folder, "node_modules", "istio-canary", "dist", "provider");
        const program = join(plugin, "pulumi-resource-istio-canary");
        assert.match(await servedPort(program, ["127.0.0.1:1"], folder), /^\d+$/);
        assert.match(
            await servedPort("node", [RUN_PLUGIN, plugin, "127.0.0.1:1"], folder),
            /^\d+$/,
        );
    });
});

describe("the policy pack as a separate package", () => {
    let folder: string;

    before(async function () {
        this.timeout(120_000);
        folder = mkdtempSync(join(tmpdir(), "istio-canary-policy-"));
        await execa("npm", ["run", "--silent", "build:policy"], { cwd: CHECKOUT });
        const built = join(CHECKOUT, "dist", "policy-pack");
        await install(built, "istio-canary-policy", folder, ["@pulumi/policy"]);
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    it("runs in the policy host without the rest of the project", async () => {
        const pack = join(folder, "node_modules", "istio-canary-policy");
        assert.match(await servedPort("node", [RUN_PACK, "127.0.0.1:1", "."], pack), /^\d+$/);
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

/** Packs the package in `source` and unpacks it as `npm install` does in `folder`, with only its dependencies, linked from this checkout. */
async function install(
    source: string,
    name: string,
    folder: string,
    dependencies: readonly string[],
): Promise<void> {
    const packing = ["pack", "--silent", "--pack-destination", folder];
    await execa("npm", packing, { cwd: source });
    const installed = join(folder, "node_modules", name);
    mkdirSync(installed, { recursive: true });
    const tarball = join(folder, `${name}-0.1.0.tgz`);
    await execa("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
    for (const dependency of dependencies) {
        const link = join(folder, "node_modules", dependency);
        mkdirSync(dirname(link), { recursive: true });
        symlinkSync(join(CHECKOUT, "node_modules", dependency), link);
    }
}

/** Starts a plugin, which prints the port on which it serves and runs until it is stopped. */
async function servedPort(command: string, args: string[], cwd: string): Promise<string> {
    const plugin = execa(command, args, { cwd, reject: false });
    const port = await new Promise<string>((resolve, reject) => {
        plugin.stdout?.once("data", (data) => resolve(String(data).trim()));
        plugin.then(({ stderr }) => reject(new Error(stderr)));
    });
    plugin.kill();
    await plugin;
    return port;
}

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

describe("the packed package", () => {
    let folder: string;

    before(async function () {
        this.timeout(120_000);
        folder = mkdtempSync(join(tmpdir(), "istio-canary-pack-"));
        await execa("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: CHECKOUT });
        const installed = join(folder, "node_modules", "istio-canary");
        mkdirSync(installed, { recursive: true });
        const tarball = join(folder, "istio-canary-0.1.0.tgz");
        await execa("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
        // The dependencies that `npm install` would fetch, linked from this checkout.
        for (const scope of ["@pulumi", "@types"]) mkdirSync(join(folder, "node_modules", scope));
        for (const name of [
            "@pulumi/pulumi",
            "@pulumi/kubernetes",
            "@pulumi/policy",
            "re2js",
            "zod",
            "@types/node",
        ]) {
            symlinkSync(join(CHECKOUT, "node_modules", name), join(folder, "node_modules", name));
        }
        writeFileSync(join(folder, "program.ts"), PROGRAM);
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    it("compiles in a user's program, and rejects a misspelled argument", async function () {
        this.timeout(60_000);
        writeFileSync(join(folder, "wrong.ts"), PROGRAM.replace("weight: 10", "wieght: 10"));
        const { stdout } = await execa(join(CHECKOUT, "node_modules", ".bin", "tsc"), COMPILE, {
            cwd: folder,
            reject: false,
        });
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
        const host = join(CHECKOUT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
        assert.match(await servedPort("node", [host, "127.0.0.1:1", "."], pack), /^\d+$/);
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

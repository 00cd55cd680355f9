import assert from "node:assert/strict";
import {
    cpSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    rmSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(__dirname, "..", "..");

const INDEX = `
import { weight } from "./nested/weight";
import * as pulumi from "@pulumi/pulumi";
interface Shares { readonly v2: number }
const shares: Shares = { v2: weight() };
export const v2 = shares.v2;
export const output = pulumi.output;
export const setMocks = pulumi.runtime.setMocks;
`;

const weightOf = (value: number) => `// Where it is asked for.
export function weight(): number {
    return ${value};
}
`;

describe("the loader of the program", () => {
    let project: string;

    beforeEach(() => {
        project = mkdtempSync(join(tmpdir(), "istio-canary-loader-"));
        cpSync(join(ROOT, "loader"), join(project, "loader"), { recursive: true });
        symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
        mkdirSync(join(project, "nested"));
        source("tsconfig.json", "{}");
        source("index.ts", INDEX);
        source("nested/weight.ts", weightOf(10));
    });

    afterEach(() => rmSync(project, { recursive: true, force: true }));

    const source = (file: string, text: string) => writeFileSync(join(project, file), text);

    /** What a script prints that has the program in \`program\`; bundles are kept in \`folders\`. */
    async function run(script: string, { folders = ["cache"], cwd = project } = {}) {
        const kept = JSON.stringify(folders.map((folder) => join(project, folder)));
        const load = `require(${JSON.stringify(join(project, "loader", "load"))}).load("index.ts", ${kept})`;
        const host = `require("${ROOT}/node_modules/source-map-support/register");`;
        const text = `${host} const program = ${load}; ${script}`;
        return execa(process.execPath, ["-e", text], { cwd, reject: false });
    }

    const shown = async (options?: Parameters<typeof run>[1]) =>
        (await run("console.log(program.v2)", options)).stdout;

    const bundles = (folder = "cache") =>
        readdirSync(join(project, folder)).filter((file) => file.endsWith(".js"));

    it("should run the sources, and bundle them once", async () => {
        assert.equal(await shown(), "10");
        const [bundle = "", ...others] = bundles();
        assert.deepEqual(others, []);
        const made = statSync(join(project, "cache", bundle)).mtimeMs;
        assert.equal(await shown(), "10");
        assert.deepEqual(bundles(), [bundle]);
        assert.equal(statSync(join(project, "cache", bundle)).mtimeMs, made);
    });

    it("should see a change that neither size nor time of a source tells", async () => {
        const file = join(project, "nested", "weight.ts");
        const { atime, mtime } = statSync(file);
        assert.equal(await shown(), "10");
        source("nested/weight.ts", weightOf(25));
        utimesSync(file, atime, mtime);
        assert.equal(await shown(), "25");
        source("nested/weight.ts", weightOf(10));
        assert.equal(await shown(), "10");
    });

    it("should see that a source is somewhere else now", async () => {
        assert.equal(await shown(), "10");
        rmSync(join(project, "nested", "weight.ts"));
        mkdirSync(join(project, "nested", "weight"));
        source("nested/weight/index.ts", weightOf(50));
        assert.equal(await shown(), "50");
    });

    it("should name the line of the source in the stack of an error", async () => {
        source(
            "nested/weight.ts",
            'export function weight(): number {\n\n\n    throw new Error("none");\n}\n',
        );
        const { stderr } = await run("");
        assert.match(stderr, /Error: none/);
        assert.match(stderr, /at weight \(.*nested\/weight\.ts:4:\d+\)/);
        assert.match(stderr, /at .*index\.ts:5:\d+/);
    });

    it("should name file and line of what cannot be compiled", async () => {
        source("nested/weight.ts", "export function weight(): number {\n    return 10 +;\n}\n");
        const { stderr } = await run("");
        assert.match(stderr, /SyntaxError: .*Unexpected ";"/);
        assert.match(stderr, /nested\/weight\.ts:2:15/);
    });

    it("should name the source that asks for a module which is not there", async () => {
        source("index.ts", `import "./absent";`);
        const { stderr } = await run("");
        assert.match(stderr, /Could not resolve "\.\/absent"[\s\S]*index\.ts:1:7/);
    });

    it("should run from another folder", async () => {
        assert.equal(await shown({ cwd: tmpdir() }), "10");
    });

    it("should take several first runs at once", async () => {
        const shows = await Promise.all(Array.from({ length: 3 }, () => shown()));
        assert.deepEqual(shows, ["10", "10", "10"]);
        assert.deepEqual(
            readdirSync(join(project, "cache")).filter((file) => file.endsWith(".partial")),
            [],
        );
    });

    it("should keep its bundles elsewhere where the first folder cannot be written", async () => {
        source("file", "");
        assert.equal(await shown({ folders: ["file/cache", "other"] }), "10");
        assert.equal(bundles("other").length, 1);
    });

    it("should run where nothing can be kept", async () => {
        source("file", "");
        const found = () =>
            readdirSync(tmpdir()).filter((name) => /^istio-canary-\w{6}$/.test(name));
        const before = found();
        assert.equal(await shown({ folders: ["file/cache"] }), "10");
        assert.deepEqual(found(), before);
    });

    it("should share Pulumi's SDK with its host, and load of it only what is used", async () => {
        const heavy = `Object.keys(require.cache).some((file) => file.includes("arborist"))`;
        const sdk = `${ROOT}/node_modules/@pulumi/pulumi`;
        const { stdout, stderr } = await run(`
            const before = ${heavy};
            const host = require("${sdk}");
            console.log(before, program.output === host.output, program.setMocks === host.runtime.setMocks);
        `);
        assert.equal(stdout, "false true true", stderr);
    });
});

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
import { CHECKOUT } from "../../dev/checkout";

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

describe("bundle.js", () => {
    let project: string;
    let cache: string;

    beforeEach(() => {
        project = mkdtempSync(join(tmpdir(), "istio-canary-bundle-"));
        cache = join(project, "node_modules", ".cache", "istio-canary");
        cpSync(join(CHECKOUT, "bundle.js"), join(project, "bundle.js"));
        mkdirSync(join(project, "node_modules"));
        for (const name of ["@pulumi", "esbuild"]) {
            symlinkSync(join(CHECKOUT, "node_modules", name), join(project, "node_modules", name));
        }
        mkdirSync(join(project, "nested"));
        source("tsconfig.json", "{}");
        source("index.ts", INDEX);
        source("nested/weight.ts", weightOf(10));
        // The sources are older than the first build.
        const past = new Date(Date.now() - 60_000);
        for (const file of ["bundle.js", "index.ts", "nested/weight.ts"]) {
            utimesSync(join(project, file), past, past);
        }
    });

    afterEach(() => rmSync(project, { recursive: true, force: true }));

    const source = (file: string, text: string) => writeFileSync(join(project, file), text);

    /** What a script prints that has the program in `program`, run as Pulumi's language host runs it. */
    async function run(script: string) {
        const host = `require("${CHECKOUT}/node_modules/source-map-support/register");`;
        const text = `${host} const program = require("./bundle.js"); ${script}`;
        return execa(process.execPath, ["-e", text], { cwd: project, reject: false });
    }

    const shown = async () => {
        const { stdout, stderr } = await run("console.log(program.v2)");
        return stdout || stderr;
    };

    const bundles = () => readdirSync(cache).filter((file) => file.endsWith(".js"));

    it("should run the sources, and bundle them once", async () => {
        assert.equal(await shown(), "10");
        const [bundle = "", ...others] = bundles();
        assert.deepEqual(others, []);
        const made = statSync(join(cache, bundle)).mtimeMs;
        assert.equal(await shown(), "10");
        assert.deepEqual(bundles(), [bundle]);
        assert.equal(statSync(join(cache, bundle)).mtimeMs, made);
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
        assert.match(stderr, /ERROR: Unexpected ";"/);
        assert.match(stderr, /nested\/weight\.ts:2:15/);
    });

    it("should name the source that asks for a module which is not there", async () => {
        source("index.ts", `import "./absent";`);
        const { stderr } = await run("");
        assert.match(stderr, /index\.ts:1:7: ERROR: Could not resolve "\.\/absent"/);
    });

    it("should take several first runs at once", async () => {
        const shows = await Promise.all(Array.from({ length: 3 }, () => shown()));
        assert.deepEqual(shows, ["10", "10", "10"]);
        assert.equal(bundles().length, 1);
    });

    it("should run where nothing can be kept, and leave nothing behind", async () => {
        writeFileSync(join(project, "node_modules", ".cache"), "");
        const left = () => readdirSync(tmpdir()).filter((one) => /^istio-canary-\w{6}$/.test(one));
        const before = left();
        assert.equal(await shown(), "10");
        assert.deepEqual(left(), before);
    });

    it("should build again what was written while it was built", async () => {
        const future = new Date(Date.now() + 60_000);
        utimesSync(join(project, "nested", "weight.ts"), future, future);
        assert.equal(await shown(), "10");
        assert.deepEqual(
            readdirSync(cache).filter((file) => file.endsWith(".json")),
            [],
        );
        assert.equal(await shown(), "10");
    });

    it("should share Pulumi's SDK with its host", async () => {
        const { stdout, stderr } = await run(`
            const host = require("@pulumi/pulumi");
            console.log(program.output === host.output, program.setMocks === host.runtime.setMocks);
        `);
        assert.equal(stdout, "true true", stderr);
    });
});

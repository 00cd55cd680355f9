import assert from "node:assert/strict";
import {
    cpSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { decode } from "@jridgewell/sourcemap-codec";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";

const SCRIPTS = ["bundle.js", join("policy", "postponed.js")];

const INDEX = `
import { weight } from "./nested/weight";

interface Shares { readonly v2: number }
const shares: Shares = { v2: weight() };
export const v2 = shares.v2;
`;

/** Loading @pulumi/pulumi takes half a second. */
const WITH_PULUMI = `${INDEX}
import * as pulumi from "@pulumi/pulumi";
export const output = pulumi.output;
export const setMocks = pulumi.runtime.setMocks;
export const startable = () => typeof pulumi.automation.LocalWorkspace;
export const serialized = () => pulumi.runtime.serializeFunction(() => 1).then(({ text }) => text.length > 0);
`;

const weightOf = (value: number) => `// A comment above the function.
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
        mkdirSync(join(project, "policy"));
        for (const file of SCRIPTS) cpSync(join(CHECKOUT, file), join(project, file));
        mkdirSync(join(project, "node_modules"));
        for (const name of ["@pulumi", "@jridgewell", "esbuild"]) {
            symlinkSync(join(CHECKOUT, "node_modules", name), join(project, "node_modules", name));
        }
        mkdirSync(join(project, "nested"));
        source("tsconfig.json", "{}");
        source("index.ts", INDEX);
        source("nested/weight.ts", weightOf(10));
        // Make the sources older than the first build.
        const past = new Date(Date.now() - 60_000);
        for (const file of [...SCRIPTS, "index.ts", "nested/weight.ts"]) {
            utimesSync(join(project, file), past, past);
        }
    });

    afterEach(() => rmSync(project, { recursive: true, force: true }));

    const source = (file: string, text: string) => writeFileSync(join(project, file), text);

    /** Runs a script with the program in `program`, as Pulumi's language host does. */
    async function run(script: string, more: NodeJS.ProcessEnv = {}) {
        const host = `require("${CHECKOUT}/node_modules/source-map-support/register");`;
        const text = `${host} const program = require("./bundle.js"); ${script}`;
        // Forced colours would be in what console.log prints.
        const env = { FORCE_COLOR: "0", ...more };
        return execa(process.execPath, ["-e", text], { cwd: project, env, reject: false });
    }

    const output = async () => {
        const { stdout, stderr } = await run("console.log(program.v2)");
        return stdout || stderr;
    };

    const bundles = () => readdirSync(cache).filter((file) => file.endsWith(".js"));

    it("runs the sources, and bundles them only once", async () => {
        assert.equal(await output(), "10");
        const [bundle = "", ...others] = bundles();
        assert.deepEqual(others, []);
        const made = statSync(join(cache, bundle)).mtimeMs;
        assert.equal(await output(), "10");
        assert.deepEqual(bundles(), [bundle]);
        assert.equal(statSync(join(cache, bundle)).mtimeMs, made);
    });

    it("detects a change that keeps size and timestamp of a source", async () => {
        const file = join(project, "nested", "weight.ts");
        const { atime, mtime } = statSync(file);
        assert.equal(await output(), "10");
        source("nested/weight.ts", weightOf(25));
        utimesSync(file, atime, mtime);
        assert.equal(await output(), "25");
        source("nested/weight.ts", weightOf(10));
        assert.equal(await output(), "10");
    });

    it("detects that a source has moved", async () => {
        assert.equal(await output(), "10");
        rmSync(join(project, "nested", "weight.ts"));
        mkdirSync(join(project, "nested", "weight"));
        source("nested/weight/index.ts", weightOf(50));
        assert.equal(await output(), "50");
    });

    it("maps stack traces to lines of the source", async () => {
        source(
            "nested/weight.ts",
            'export function weight(): number {\n\n\n    throw new Error("none");\n}\n',
        );
        const { stderr } = await run("");
        assert.match(stderr, /Error: none/);
        assert.match(stderr, /at weight \(.*nested\/weight\.ts:4:\d+\)/);
        assert.match(stderr, /at .*index\.ts:5:\d+/);
    });

    it("maps no lines of other packages, which would take longer to read than the program", async () => {
        const other = join(project, "node_modules", "other");
        mkdirSync(other);
        writeFileSync(join(other, "index.js"), "exports.ten = () => 10;\n");
        source("nested/weight.ts", 'export { ten as weight } from "other";\n');
        assert.equal(await output(), "10");
        const [bundle = ""] = bundles();
        const [, base64 = ""] = readFileSync(join(cache, bundle), "utf8").split(";base64,");
        const { sources, mappings } = JSON.parse(Buffer.from(base64, "base64").toString());
        const segments = decode(mappings).flat();
        const mapped = new Set(segments.map(([, source = -1]) => basename(sources[source])));
        assert.deepEqual([...mapped].sort(), ["index.ts", "weight.ts"]);
    });

    it("reports file and line of a syntax error", async () => {
        source("nested/weight.ts", "export function weight(): number {\n    return 10 +;\n}\n");
        const { stderr } = await run("");
        assert.match(stderr, /ERROR: Unexpected ";"/);
        assert.match(stderr, /nested\/weight\.ts:2:15/);
    });

    it("reports the source that imports a missing module", async () => {
        source("index.ts", `import "./absent";`);
        const { stderr } = await run("");
        assert.match(stderr, /index\.ts:1:7: ERROR: Could not resolve "\.\/absent"/);
    });

    it("supports several first runs at the same time", async () => {
        const shows = await Promise.all(Array.from({ length: 3 }, () => output()));
        assert.deepEqual(shows, ["10", "10", "10"]);
        assert.equal(bundles().length, 1);
    });

    it("removes an outdated bundle, but not what another process is writing", async () => {
        assert.equal(await output(), "10");
        const [old = ""] = bundles();
        writeFileSync(join(cache, `${old}.1`), "");
        source("nested/weight.ts", weightOf(25));
        assert.equal(await output(), "25");
        assert.equal(bundles().length, 1);
        assert.ok(!bundles().includes(old));
        assert.ok(readdirSync(cache).includes(`${old}.1`));
    });

    it("runs without a writable cache, and leaves no files behind", async () => {
        writeFileSync(join(project, "node_modules", ".cache"), "");
        // Of its own, because other checkouts run in the common one.
        const temporary = join(project, "tmp");
        mkdirSync(temporary);
        const { stdout } = await run("console.log(program.v2);", { TMPDIR: temporary });
        assert.equal(stdout, "10");
        assert.deepEqual(readdirSync(temporary), []);
    });

    it("does not cache sources that change during the build", async () => {
        const future = new Date(Date.now() + 60_000);
        utimesSync(join(project, "nested", "weight.ts"), future, future);
        assert.equal(await output(), "10");
        assert.deepEqual(
            readdirSync(cache).filter((file) => file.endsWith(".json")),
            [],
        );
        assert.equal(await output(), "10");
    });

    it("shares Pulumi's SDK with the language host", async () => {
        source("index.ts", WITH_PULUMI);
        const { stdout, stderr } = await run(`
            const host = require("@pulumi/pulumi");
            console.log(program.output === host.output, program.setMocks === host.runtime.setMocks);
        `);
        assert.equal(stdout, "true true", stderr);
    });

    it("loads the Automation API and the compiler when the program first uses them", async () => {
        source("index.ts", WITH_PULUMI);
        // A postponed module has no paths.
        const loaded =
            "[/automation.localWorkspace/, /arborist.lib.arborist/, /lib.typescript.js/].filter((name) => Object.values(require.cache).some(({ id, paths }) => paths && name.test(id))).length";
        const { stdout, stderr } = await run(`(async () => {
            const before = ${loaded};
            console.log(before, program.startable(), await program.serialized(), ${loaded});
        })();`);
        assert.equal(stdout, "0 function true 2", stderr);
    });
});

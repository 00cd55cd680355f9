// Makes the bundle of a TypeScript file: its own sources and the packages that only it uses, as one file with a source map.
// node loader/build.js ENTRY NAME FOLDER   exit code 1 when a source cannot be compiled, which standard error then names
const fs = require("node:fs");
const { builtinModules, createRequire } = require("node:module");
const path = require("node:path");
const { decode, encode } = require("@jridgewell/sourcemap-codec");
const esbuild = require("esbuild");
const { lazily } = require("./lazy");
const { bundleName, keyOf, ROOT, write } = require("./load");

/** Everything else is loaded as it is: the host has it already, or it may read files beside itself. */
const BUNDLED = ["zod", "@pulumi/kubernetes", "@pulumi/kubernetes-istio", "@pulumi/policy"];
/** Barrels that load what a program hardly ever needs, such as the Automation API and npm's dependency resolver. */
const LAZY = ["@pulumi/pulumi", "@pulumi/pulumi/runtime"];
const NO_MAPPINGS = `data:application/json;base64,${Buffer.from('{"version":3,"sources":[""],"mappings":"A"}').toString("base64")}`;

async function build(entry, name, folder) {
    const contents = new Map();
    const { outputFiles } = await esbuild.build({
        absWorkingDir: ROOT,
        entryPoints: [entry],
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node20",
        tsconfig: path.join(ROOT, "tsconfig.json"),
        sourcemap: "external",
        sourcesContent: false,
        legalComments: "none",
        outfile: path.join(folder, `${name}.js`),
        write: false,
        logLevel: "silent",
        plugins: [reading(contents), resolving()],
    });
    const [map, code] = ["map", "js"].map((ending) =>
        outputFiles.find((file) => file.path.endsWith(`.${ending}`)),
    );
    const inputs = [...contents.keys()];
    const bundle = bundleName(
        name,
        keyOf(inputs, (file) => contents.get(path.relative(ROOT, file))),
    );
    for (const old of fs.readdirSync(folder)) {
        if (old.startsWith(`${name}-`) && !old.startsWith(bundle)) {
            fs.rmSync(path.join(folder, old), { force: true });
        }
    }
    const mapped = Buffer.from(JSON.stringify(byLine(JSON.parse(map.text), folder)));
    const comment = `//# sourceMappingURL=data:application/json;base64,${mapped.toString("base64")}\n`;
    write(path.join(folder, bundle), code.text + comment);
    write(path.join(folder, `${name}.json`), JSON.stringify({ inputs }));
}

/** The bundle is of what was read here: its key is that of these bytes, whatever is written meanwhile. */
function reading(contents) {
    return {
        name: "reading",
        setup({ onLoad }) {
            onLoad({ filter: /\.(ts|js|mjs|cjs|json)$/, namespace: "file" }, ({ path: file }) => {
                const content = fs.readFileSync(file);
                contents.set(path.relative(ROOT, file), content);
                const loader = path
                    .extname(file)
                    .slice(1)
                    .replace(/^[mc]js$/, "js");
                const text = content.toString();
                if (!file.includes(`${path.sep}node_modules${path.sep}`) || loader === "json") {
                    return { contents: withPlace(text, file), loader };
                }
                // A stack is mapped for each resource: packages' own lines would only cost.
                const bare = text.replace(/^\/\/# sourceMappingURL=.*$/gm, "");
                return { contents: `${bare}\n//# sourceMappingURL=${NO_MAPPINGS}`, loader };
            });
        },
    };
}

/** A source that asks where it is gets its own place, not the bundle's. */
function withPlace(text, file) {
    if (!/\b__(dirname|filename)\b/.test(text)) return text;
    const [dirname, filename] = [path.dirname(file), file].map((one) => JSON.stringify(one));
    return `const __dirname = ${dirname}, __filename = ${filename};${text}`;
}

function resolving() {
    return {
        name: "resolving",
        setup({ onResolve, onLoad }) {
            onResolve(
                { filter: /.*/, namespace: "lazy" },
                ({ path: wanted, pluginData: importer }) =>
                    LAZY.includes(wanted)
                        ? { path: wanted, namespace: "lazy", pluginData: importer }
                        : { path: wanted, external: true },
            );
            onResolve({ filter: /^[^./]/ }, ({ path: wanted, importer, kind }) => {
                if (kind === "entry-point" || BUNDLED.includes(packageOf(wanted))) return undefined;
                if (builtinModules.includes(wanted.replace(/^node:/, ""))) {
                    return { path: wanted, external: true };
                }
                if (LAZY.includes(wanted)) {
                    return { path: wanted, namespace: "lazy", pluginData: importer };
                }
                // By its path: the same file that the source itself would load.
                return { path: createRequire(importer).resolve(wanted), external: true };
            });
            onLoad(
                { filter: /.*/, namespace: "lazy" },
                ({ path: barrel, pluginData: importer }) => ({
                    contents: lazily(createRequire(importer), barrel, LAZY),
                    loader: "js",
                    pluginData: importer,
                }),
            );
        },
    };
}

function packageOf(wanted) {
    return wanted
        .split("/")
        .slice(0, wanted.startsWith("@") ? 2 : 1)
        .join("/");
}

/** Lines only, of our own sources only: all that an error tells, and a tenth of the time to read. */
function byLine(map, folder) {
    const own = map.sources.map(
        (source) => !path.resolve(folder, source).includes("/node_modules/"),
    );
    const lines = decode(map.mappings).map((segments) => {
        const first = segments.find(([, source]) => source !== undefined && own[source]);
        return first === undefined ? [] : [[0, first[1], first[2], first[3]]];
    });
    const sources = map.sources.map((source) => path.resolve(folder, source));
    return { version: 3, sources, names: [], mappings: encode(lines) };
}

build(...process.argv.slice(2)).catch((error) => {
    const problems = error.errors ?? [];
    const texts = esbuild.formatMessagesSync(problems, { kind: "error", color: false });
    process.stderr.write(problems.length > 0 ? texts.join("").trim() : `${error.stack}`);
    process.exitCode = problems.length > 0 ? 1 : 2;
});

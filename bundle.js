// Runs the index.ts of the working directory: that of the program or of the policy pack. Pulumi would compile it with ts-node in
// every update, which takes seconds. esbuild bundles it into one JavaScript file, cached until a source changes (docs/start/speed.md).
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");

const entry = path.resolve("index.ts");
const cache = path.join(__dirname, "node_modules", ".cache", "istio-canary");
/** Part of the file names, because projects that share node_modules need separate bundles. */
const name = createHash("sha256").update(entry).digest("hex").slice(0, 8);

// 500 of the 760 files that a program loads with @pulumi/pulumi. Only its Automation API and its dynamic providers need them.
for (const name of ["@pulumi/pulumi/automation", "@npmcli/arborist"]) postpone(name);

module.exports = require(upToDate() ?? build(writableFolder()));

/** Loads a package when a program first uses one of its exports, instead of when another package requires it. */
function postpone(name) {
    const file = resolved(name);
    if (file === undefined || require.cache[file] !== undefined) return;
    let exported;
    const load = () => {
        if (exported === undefined) {
            delete require.cache[file];
            exported = require(file);
        }
        return exported;
    };
    require.cache[file] = Object.assign(new Module(file), {
        filename: file,
        loaded: true,
        exports: new Proxy(
            {},
            {
                // The compiled code of an import asks for __esModule at once, and copies the exports if it is missing.
                get: (_, key) => key === "__esModule" || load()[key],
                has: (_, key) => key in load(),
                ownKeys: () => Reflect.ownKeys(load()),
                getOwnPropertyDescriptor: (_, key) => {
                    const found = Reflect.getOwnPropertyDescriptor(load(), key);
                    return found && { ...found, configurable: true };
                },
            },
        ),
    });
}

/** Undefined if the package is not where Pulumi's would load it from. */
function resolved(name) {
    try {
        return require.resolve(name, { paths: [require.resolve("@pulumi/pulumi")] });
    } catch {
        return undefined;
    }
}

/** The cached bundle of the current sources, if there is one. */
function upToDate() {
    const list = path.join(cache, `${name}.json`);
    if (!fs.existsSync(list)) return undefined;
    const inputs = JSON.parse(fs.readFileSync(list, "utf8"));
    if (!inputs.every((file) => fs.existsSync(file))) return undefined;
    const file = path.join(cache, bundleName(inputs));
    return fs.existsSync(file) ? file : undefined;
}

function build(folder) {
    const started = Date.now();
    const { outputFiles, metafile } = require("esbuild").buildSync({
        entryPoints: [entry],
        outdir: folder,
        bundle: true,
        platform: "node",
        target: "node20",
        external: ["@pulumi/*"],
        sourcemap: "inline",
        sourcesContent: false,
        metafile: true,
        write: false,
        logLevel: "silent",
    });
    const inputs = [__filename, ...Object.keys(metafile.inputs).map((file) => path.resolve(file))];
    const file = path.join(folder, bundleName(inputs));
    for (const old of fs.readdirSync(folder)) {
        const outdated = old.startsWith(`${name}-`) && old !== path.basename(file);
        if (outdated) fs.rmSync(path.join(folder, old), { force: true });
    }
    write(file, outputFiles[0].contents);
    // If a source changed during the build, the bundle may be outdated: don't cache it, so that the next run builds again.
    const unchanged = inputs.every((one) => fs.statSync(one).mtimeMs < started);
    if (unchanged) write(path.join(folder, `${name}.json`), JSON.stringify(inputs));
    return file;
}

/** Hashes the content of all sources, because a checkout or a copy changes their timestamps. */
function bundleName(inputs) {
    const hash = createHash("sha256");
    for (const file of inputs) hash.update(`${file}\0`).update(fs.readFileSync(file));
    return `${name}-${hash.digest("hex").slice(0, 16)}.js`;
}

/** Writes atomically: another process sees the whole file or none. */
function write(file, content) {
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, content);
    fs.renameSync(partial, file);
}

/** The cache folder, or a temporary folder of this process if node_modules is read-only, as in an image. */
function writableFolder() {
    try {
        fs.mkdirSync(cache, { recursive: true });
        fs.accessSync(cache, fs.constants.W_OK);
        return cache;
    } catch {
        const own = fs.mkdtempSync(path.join(os.tmpdir(), "istio-canary-"));
        fs.symlinkSync(path.join(__dirname, "node_modules"), path.join(own, "node_modules"));
        process.once("exit", () => fs.rmSync(own, { recursive: true, force: true }));
        return own;
    }
}

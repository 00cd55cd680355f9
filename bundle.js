// Runs the index.ts of the working directory: the program's, or the policy pack's. Pulumi would compile it with ts-node in every
// update, which takes seconds; esbuild bundles it into one JavaScript file that is kept until a source changes (docs/internals/bundle.md).
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const entry = path.resolve("index.ts");
const kept = path.join(__dirname, "node_modules", ".cache", "istio-canary");
/** Two folders may share their packages; each has bundles of its own. */
const name = createHash("sha256").update(entry).digest("hex").slice(0, 8);

module.exports = require(upToDate() ?? build(writableFolder()));

/** The bundle of the sources as they are now, if there is one. */
function upToDate() {
    const list = path.join(kept, `${name}.json`);
    if (!fs.existsSync(list)) return undefined;
    const inputs = JSON.parse(fs.readFileSync(list, "utf8"));
    if (!inputs.every((file) => fs.existsSync(file))) return undefined;
    const file = path.join(kept, bundleName(inputs));
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
    // A source that changes while it is read may not be what was bundled: the next run builds again.
    const unchanged = inputs.every((one) => fs.statSync(one).mtimeMs < started);
    if (unchanged) write(path.join(folder, `${name}.json`), JSON.stringify(inputs));
    return file;
}

/** Depends on the content of every source: times of files change in a checkout or a copy. */
function bundleName(inputs) {
    const hash = createHash("sha256");
    for (const file of inputs) hash.update(`${file}\0`).update(fs.readFileSync(file));
    return `${name}-${hash.digest("hex").slice(0, 16)}.js`;
}

/** Another process sees the whole file or none. */
function write(file, content) {
    const partial = `${file}.${process.pid}`;
    fs.writeFileSync(partial, content);
    fs.renameSync(partial, file);
}

/** Where the packages are read-only, as in an image: a folder of this process. */
function writableFolder() {
    try {
        fs.mkdirSync(kept, { recursive: true });
        fs.accessSync(kept, fs.constants.W_OK);
        return kept;
    } catch {
        const own = fs.mkdtempSync(path.join(os.tmpdir(), "istio-canary-"));
        fs.symlinkSync(path.join(__dirname, "node_modules"), path.join(own, "node_modules"));
        process.once("exit", () => fs.rmSync(own, { recursive: true, force: true }));
        return own;
    }
}

// Runs the index.ts of the working directory: that of the program or of the policy pack. Pulumi would compile it with ts-node in
// every update, which takes seconds. esbuild bundles it into one JavaScript file, cached until a source changes (docs/start/speed.md).
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const entry = path.resolve("index.ts");
const cache = path.join(__dirname, "node_modules", ".cache", "istio-canary");
/** Part of the file names, because projects that share node_modules need separate bundles. */
const name = createHash("sha256").update(entry).digest("hex").slice(0, 8);

require("./policy/postponed");

module.exports = require(upToDate() ?? build(writableFolder()));

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
        sourcemap: "external",
        sourcesContent: false,
        metafile: true,
        write: false,
        logLevel: "silent",
    });
    const inputs = [__filename, ...Object.keys(metafile.inputs).map((file) => path.resolve(file))];
    const file = path.join(folder, bundleName(inputs));
    for (const old of fs.readdirSync(folder)) {
        // Not what another process is writing, which ends in its ID.
        const isBundle = old.startsWith(`${name}-`) && old.endsWith(".js");
        const outdated = isBundle && old !== path.basename(file);
        if (outdated) fs.rmSync(path.join(folder, old), { force: true });
    }
    const [map, code] = outputFiles.map(({ text }) => text);
    // In two parts, because this file is searched for one as well.
    const url = ["//# sourceMappingURL", `data:application/json;base64,${lines(map, folder)}`].join(
        "=",
    );
    write(file, `${code}\n${url}\n`);
    // If a source changed during the build, the bundle may be outdated: don't cache it, so that the next run builds again.
    const unchanged = inputs.every((one) => fs.statSync(one).mtimeMs < started);
    if (unchanged) write(path.join(folder, `${name}.json`), JSON.stringify(inputs));
    return file;
}

/** The source map in base64, of lines of sources of our own only: Pulumi maps a stack trace for each call to the engine. */
function lines(text, folder) {
    const { decode, encode } = require("@jridgewell/sourcemap-codec");
    const map = JSON.parse(text);
    const own = map.sources.map((source) => !path.resolve(folder, source).includes("node_modules"));
    const first = (segments) => segments.filter(([, source]) => own[source]).slice(0, 1);
    const mappings = encode(decode(map.mappings).map(first));
    return Buffer.from(JSON.stringify({ ...map, mappings })).toString("base64");
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

// Runs a TypeScript file of this project as one file of JavaScript, which is kept until a source changes. docs/speed.md
// Plain JavaScript: it is what saves the start of a TypeScript compiler in every update.
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const { homedir, tmpdir } = require("node:os");
const path = require("node:path");
const { Script } = require("node:vm");

const ROOT = path.join(__dirname, "..");
const OWN = ["load.js", "build.js", "lazy.js"].map((name) => path.join(__dirname, name));

/** A source may change between its being read and the bundle's being there. */
const TRIES = 3;

/**
 * The exports of a TypeScript file.
 * @param {string} entry its path in the project, such as "index.ts"
 * @param {readonly string[]} folders where bundles are kept; the first that can be written is used
 * @throws SyntaxError with file and line, when a source cannot be compiled
 */
function load(entry, folders = cacheFolders()) {
    // Projects may share their packages' folder; each keeps its own bundles there.
    const name = `${entry.replace(/\W+/g, "-")}-${sha256(ROOT).slice(0, 8)}`;
    for (const folder of folders) {
        const bundle = find(folder, name);
        if (bundle !== undefined) return evaluate(bundle);
    }
    const folder = folders.find(writable) ?? ownFolder();
    for (let tries = 0; tries < TRIES; tries++) {
        build(entry, name, folder);
        const bundle = find(folder, name);
        if (bundle !== undefined) return evaluate(bundle);
    }
    throw new Error(`${entry} is being changed all the while; run the command again.`);
}

/** Beside the packages; where those are not for this user to write, in the home. */
function cacheFolders() {
    const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
    return [
        path.join(ROOT, "node_modules", ".cache", "istio-canary"),
        path.join(cache, "istio-canary", "program"),
    ];
}

/** One that nobody else can write, for this process only. */
function ownFolder() {
    const folder = fs.mkdtempSync(path.join(tmpdir(), "istio-canary-"));
    process.once("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
    return folder;
}

function writable(folder) {
    try {
        fs.mkdirSync(folder, { recursive: true });
        fs.accessSync(folder, fs.constants.W_OK);
        return true;
    } catch {
        return false;
    }
}

/** The bundle of the sources as they are now; undefined when there is none. */
function find(folder, name) {
    try {
        const { inputs } = JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), "utf8"));
        const file = path.join(folder, bundleName(name, keyOf(inputs, fs.readFileSync)));
        return { file, code: fs.readFileSync(file, "utf8") };
    } catch (error) {
        // There is none yet, or a source is gone.
        if (["ENOENT", "ENOTDIR", "EACCES"].includes(error.code)) return undefined;
        throw error;
    }
}

function sha256(text) {
    return createHash("sha256").update(text).digest("hex");
}

function bundleName(name, key) {
    return `${name}-${key}.js`;
}

/**
 * What a bundle depends on: the content of each source, this loader's own, and what decides where packages are found. Times of
 * files say less: a checkout, a copy or a clock can set them back.
 */
function keyOf(inputs, read) {
    const hash = createHash("sha256").update(ROOT);
    const lock = path.join(ROOT, "node_modules", ".package-lock.json");
    for (const file of [...OWN, ...(fs.existsSync(lock) ? [lock] : [])]) {
        hash.update(fs.readFileSync(file));
    }
    for (const input of [...inputs].sort()) {
        const content = read(path.join(ROOT, input));
        hash.update(`\0${input}\0${content.length}\0`).update(content);
    }
    return hash.digest("hex").slice(0, 20);
}

/** In a process of its own, so that the compiler is gone when the program runs. */
function build(entry, name, folder) {
    const args = [path.join(__dirname, "build.js"), entry, name, folder];
    try {
        execFileSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
        const said = String(error.stderr).trim();
        throw error.status === 1 ? new SyntaxError(said) : new Error(said || error.message);
    }
}

/** As Node.js runs a CommonJS module, with what V8 has compiled before. */
function evaluate({ file, code }) {
    const cache = `${file}.${process.version}-${process.arch}`;
    const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
    const script = new Script(Module.wrap(code), { filename: file, cachedData });
    const module = new Module(file, require.main);
    module.filename = file;
    // Before it runs: what a later module needs is then found as beside index.ts.
    const require_ = Module.createRequire(path.join(ROOT, "index.ts"));
    script.runInThisContext()(module.exports, require_, module, file, path.dirname(file));
    if (cachedData === undefined || script.cachedDataRejected) keep(cache, script);
    return module.exports;
}

function keep(cache, script) {
    try {
        write(cache, script.createCachedData());
    } catch {
        // The next run compiles again.
    }
}

/** In one step: another run sees all of it or nothing. */
function write(file, content) {
    const partial = `${file}.${process.pid}.partial`;
    fs.writeFileSync(partial, content);
    fs.renameSync(partial, file);
}

module.exports = { ROOT, bundleName, keyOf, load, write };

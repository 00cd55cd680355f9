// Runs before `npm test` and `npm run demo`: installs the dependencies if they are missing or outdated.
// Uses only Node.js built-ins, because no dependency may be installed yet.
const { spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const path = require("node:path");

const root = path.join(__dirname, "..", "..");

function packagesIn(...names) {
    const file = path.join(root, ...names);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/** Compares with node_modules/.package-lock.json, where npm records what it installed. Optional packages may be missing. */
function isInstalled() {
    const installed = packagesIn("node_modules", ".package-lock.json");
    if (installed === undefined) return false;
    const wanted = Object.entries(packagesIn("package-lock.json")).filter(([name]) => name !== "");
    return wanted.every(([name, { version, optional, link, peer }]) => {
        const found = installed[name];
        if (found === undefined) return optional || link || peer || !name.includes("node_modules");
        return found.version === version;
    });
}

/** The npm script `prepare` compiles the SDK. */
function isSdkBuilt() {
    return existsSync(path.join(root, "sdks", "kubernetes-istio", "bin", "index.js"));
}

if (!isInstalled() || !isSdkBuilt()) {
    console.log("Installing dependencies (npm ci) …");
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
        cwd: root,
        stdio: "inherit",
    });
    process.exitCode = status ?? 1;
}

// Puts host.js where Pulumi looks for the host of a policy pack: in the pack's own @pulumi/pulumi, whose other files are the
// project's. Run after each `npm ci`; without it the pack works as well, and its host starts a compiler that it does not need.
const fs = require("node:fs");
const path = require("node:path");

const sdk = path.dirname(require.resolve("@pulumi/pulumi/package.json"));
const own = path.join(__dirname, "node_modules", "@pulumi", "pulumi");

fs.rmSync(own, { recursive: true, force: true });
linkAll(sdk, own, "cmd");
linkAll(path.join(sdk, "cmd"), path.join(own, "cmd"));
// A file is found before the folder of that name.
fs.writeFileSync(path.join(own, "cmd", "run-policy-pack.js"), 'require("../../../../host.js");\n');

/** Links, so that a module is the same one by either path. */
function linkAll(from, to, except) {
    fs.mkdirSync(to, { recursive: true });
    for (const name of fs.readdirSync(from)) {
        if (name === except) continue;
        fs.symlinkSync(path.relative(to, path.join(from, name)), path.join(to, name));
    }
}

// Starts the host that serves this pack to the engine, without the TypeScript compiler that it would load for nothing.
const path = require("node:path");

const host = path.dirname(
    require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [path.join(__dirname, "..")] }),
);
const runner = require(path.join(host, "run"));
const { run } = runner;
// The host has no such option of its own: PulumiPolicy.yaml's `typescript: false` reaches it as an argument that it does not read.
runner.run = (options) => run({ ...options, typeScript: false });
require(host);

#!/usr/bin/env node
// The `canary` command: loads the TypeScript and sets the exit code, nothing else.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

if (!existsSync(join(__dirname, "main.ts"))) {
    process.stderr.write(
        "canary: the installed package holds the components and the policy pack; the command runs from a checkout of istio-canary\n",
    );
    process.exit(2);
}
require("tsx/cjs");
const { main } = require("./main.ts");

main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});

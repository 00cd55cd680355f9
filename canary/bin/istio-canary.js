#!/usr/bin/env node
// The `istio-canary` command. An installed package has compiled JavaScript; a checkout runs its TypeScript sources.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const sources = join(__dirname, "..", "cli", "main.ts");
if (existsSync(sources)) require("tsx/cjs");
const { main } = require(existsSync(sources) ? sources : "../dist/canary/cli/main.js");

main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});

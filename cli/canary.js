#!/usr/bin/env node
// The `canary` command: loads the TypeScript and sets the exit code, nothing else.
require("tsx/cjs");
const { main } = require("./main.ts");

main(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
});

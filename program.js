// What Pulumi runs: index.ts, bundled when it, or anything that it imports, has changed. Here, for Pulumi runs a program in the
// folder of its main.
const { load } = require("./loader/load");

module.exports = load("index.ts");

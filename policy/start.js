// Where the policy host begins: index.ts, bundled when it, or a rule, has changed.
const { load } = require("../loader/load");

load("policy/index.ts");

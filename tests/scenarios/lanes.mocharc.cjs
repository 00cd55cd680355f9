// Two scenarios at a time: most of a scenario is waiting, for evidence.
const alone = require("./alone.mocharc.cjs");

module.exports = {
    ...alone,
    spec: ["tests/scenarios/**/*.spec.ts"],
    ignore: alone.spec,
    parallel: true,
    jobs: 2,
};

// Two specs at a time: most of a spec is waiting, for pods, scrapes and evidence.
const alone = require("./alone.mocharc.cjs");

module.exports = {
    ...alone,
    spec: ["tests/mesh/**/*.spec.ts"],
    ignore: alone.spec,
    parallel: true,
    jobs: 2,
};

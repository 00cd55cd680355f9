// Scenarios that no other may run beside: they stop a part of the mesh, count single requests between two kills, or use the
// processor for minutes.
module.exports = {
    require: ["tsx/cjs"],
    spec: [
        "tests/scenarios/hardships.spec.ts",
        "tests/scenarios/killed.spec.ts",
        "tests/scenarios/packages.spec.ts",
        "tests/scenarios/quickstart.spec.ts",
    ],
    timeout: 400000,
    slow: 400000,
};

// Specs that no other may run beside: they share an object of the mesh, the selected stack or a build, or look at the whole machine.
module.exports = {
    require: ["tsx/cjs"],
    spec: [
        "tests/mesh/sandbox/*.spec.ts",
        "tests/mesh/driver/driverEffects.spec.ts",
        "tests/mesh/traffic/claims.spec.ts",
        "tests/mesh/traffic/gateway.spec.ts",
        "tests/mesh/traffic/gatewayApiIngress.spec.ts",
        "tests/mesh/traffic/gatewayApiSharedHost.spec.ts",
        "tests/mesh/traffic/sharedHosts.spec.ts",
        "tests/mesh/workload/templates.spec.ts",
        "tests/mesh/tutorial.spec.ts",
    ],
    timeout: 180000,
    slow: 60000,
};

// As many policies of each sort as the pack has, which judge nothing: what CrossGuard itself costs.
const { PolicyPack } = require("@pulumi/policy");
const { rules } = require("../../../../dist/rollout/rules");

new PolicyPack("empty", {
    policies: rules.map(({ id, description, scope }) => ({
        name: id,
        description,
        enforcementLevel: "advisory",
        ...(scope === "program" ? { validateStack() {} } : { validateResource() {} }),
    })),
});

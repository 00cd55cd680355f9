// The objects in the file $MANIFESTS: as a ConfigGroup, which is how a chart's come into a program, or each by itself.
const { readFileSync } = require("node:fs");
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");

/** What CanaryRollout tells the pack of a step, said by somebody else. */
class Step extends pulumi.ComponentResource {
    constructor(step) {
        super("istio-canary:index:CanaryRollout", `step-${step?.route}`);
        this.registerOutputs({ step });
    }
}

const manifests = JSON.parse(readFileSync(process.env.MANIFESTS, "utf8"));
const objects = manifests.filter(({ kind }) => kind !== "CanaryRollout");
for (const { kind, spec } of manifests) if (kind === "CanaryRollout") new Step(spec);

// No cluster is asked: what is judged is the program.
const provider = new k8s.Provider("files", {
    renderYamlToDirectory: `${process.env.MANIFESTS}.rendered`,
});
if (process.env.GROUP === "1") {
    new k8s.yaml.ConfigGroup("chart", { objs: objects }, { provider });
} else {
    for (const object of objects) {
        const core = object.apiVersion === "v1" ? k8s.core.v1[object.kind] : undefined;
        const Kind = core ?? k8s.apiextensions.CustomResource;
        const { name, namespace } = object.metadata;
        new Kind(`${object.kind}-${namespace}-${name}`.toLowerCase(), object, { provider });
    }
}

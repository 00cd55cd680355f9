// The objects in the file $MANIFESTS: as a ConfigGroup, which is how a chart's come into a program, and each by itself.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

interface Manifest {
    apiVersion: string;
    kind: string;
    metadata: { name: string };
    spec?: unknown;
}

/** What CanaryRollout tells the pack of a step, said by somebody else. */
class Step extends pulumi.ComponentResource {
    constructor(step: unknown) {
        super("rollout:index:CanaryRollout", "step");
        this.registerOutputs({ step });
    }
}

const manifests: Manifest[] = JSON.parse(readFileSync(process.env.MANIFESTS ?? "", "utf8"));
const objects = manifests.filter(({ kind }) => kind !== "CanaryRollout");
for (const { kind, spec } of manifests) if (kind === "CanaryRollout") new Step(spec);

// No cluster is asked: what is judged is the program.
const provider = new k8s.Provider("files", {
    renderYamlToDirectory: mkdtempSync(join(tmpdir(), "manifests-")),
});
if (process.env.GROUP === "1")
    new k8s.yaml.v2.ConfigGroup("chart", { objs: objects }, { provider });
else {
    for (const object of objects) {
        const name = `${object.kind}-${object.metadata.name}`.toLowerCase();
        new k8s.apiextensions.CustomResource(name, object, { provider });
    }
}

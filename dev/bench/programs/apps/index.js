// $APPS rollouts, rendered to files: no cluster is asked, so that the preview itself is measured.
const k8s = require("@pulumi/kubernetes");
const { CanaryRollout } = require("../../../../dist/components");

const provider = new k8s.Provider("files", { renderYamlToDirectory: process.env.FOLDER });
for (let n = 0; n < Number(process.env.APPS); n++) {
    const app = `app-${n}`;
    const versions = { v1: { image: "web:1", replicas: 3 }, v2: { image: "web:2" } };
    const options = { providers: { kubernetes: provider } };
    new CanaryRollout(app, { app, namespace: "bench", versions, weight: 10 }, options);
}

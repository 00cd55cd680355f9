// $APPS rollouts in the namespace $NAMESPACE: the first has weight $FIRST, all others have $OTHERS.
const pulumi = require("@pulumi/pulumi");
const { CanaryRollout } = require("../../../../dist/components");

// The namespace has no room for pods, so that a hundred apps fit on any node: nothing that needs one is awaited.
pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (!/:(Deployment|Service)$/.test(type)) return undefined;
    const { metadata } = props;
    const annotations = { ...metadata.annotations, "pulumi.com/skipAwait": "true" };
    return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
});

const { APPS, NAMESPACE: namespace, FIRST, OTHERS, IMAGE: image } = process.env;
for (let n = 0; n < Number(APPS); n++) {
    const app = `app-${n}`;
    const versions = { v1: { image, replicas: 3 }, v2: { image } };
    new CanaryRollout(app, { app, namespace, versions, weight: Number(n === 0 ? FIRST : OTHERS) });
}

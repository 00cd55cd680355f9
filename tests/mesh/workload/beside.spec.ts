// A rollout over a Service that others created and that gets requests all the time.
import assert from "node:assert/strict";
import type { CanaryRolloutArgs } from "../../../components";
import { Client } from "../../../dev/sandbox/demo/client";
import { clientRoute } from "../../../dev/sandbox/demo/clientRoute";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { failed } from "../../../dev/sandbox/demo/requests";
import type { Target } from "../../../dev/sandbox/demo/target";
import { fortioServer } from "../harness/callers/caller";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { type Program, testProgram } from "../harness/program";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-beside";
const HELM = { "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "shop" };

/** What a Helm chart would have made: pods of Helm's labels, and a port without a name. */
function release(): object[] {
    const [account, service, deployment] = JSON.parse(
        JSON.stringify(fortioServer("web", namespace)),
    );
    service.spec.selector = HELM;
    service.metadata.labels = { ...HELM, "app.kubernetes.io/managed-by": "Helm" };
    deployment.spec.selector.matchLabels = HELM;
    deployment.spec.template.metadata.labels = HELM;
    return [account, service, deployment];
}

function argsOf(image: string): CanaryRolloutArgs {
    const args = [
        ...["server", "-http-port=8080", "-grpc-port=disabled", "-tcp-port=disabled"],
        ...["-udp-port=disabled", "-redirect-port=disabled", "-loglevel=error"],
    ];
    const v1 = {
        ...{ image, imagePullPolicy: "IfNotPresent" as const, command: ["fortio"], args },
        ...{ readyTimeout: "15s", securityContext: { runAsUser: 65_532 } },
    };
    const service = { selector: HELM, targetPort: 8080 };
    return { app: "web", namespace, drain: "1s", adopt: ["service"], service, versions: { v1 } };
}

describe("a rollout beside what already runs", () => {
    let cluster: Cluster;
    let program: Program;
    let client: Client;
    let target: Target;

    before(async () => {
        cluster = sandboxCluster();
        target = await sandboxTarget(false);
        await cluster.createNamespace(namespace);
        await cluster.apply(...release());
        await cluster.available(namespace);
        program = await testProgram(target, "beside");
        client = new Client(target, {
            namespace: `${namespace}-client`,
            url: `http://web.${namespace}.svc.cluster.local/`,
            rate: 100,
            maxMinutes: 5,
            plain: false,
        });
        await client.start(new AbortController().signal);
        await configure({ args: JSON.stringify(argsOf("sandbox/missing:1")), name: "web" });
    });

    after(async () => {
        await client?.stop();
        await program?.remove();
        await cluster?.removeNamespace(namespace);
    });

    const configure = (values: Record<string, string>) => program.configure(values);
    const exists = async (...what: string[]) =>
        (await cluster.kubectl("get", ...what, "-n", namespace, "--ignore-not-found", "-o=name"))
            .length > 0;
    const uids = () =>
        cluster.kubectl("get", "service,deployment,vs,dr", "-n", namespace, "-o=jsonpath={..uid}");
    const failures = () => client.requests.filter(failed);

    async function moreRequests(): Promise<void> {
        const since = client.requests.length;
        await eventually(
            "requests",
            30,
            async () => client.requests.length,
            (n) => n > since + 200,
        );
    }

    it("leaves requests with the old pods if the new ones never start", async () => {
        const { exitCode } = await program.up();
        assert.notEqual(exitCode, 0);
        assert.equal(await exists("vs", "web"), false);
        assert.equal(await exists("dr", "web"), false);
        assert.deepEqual(failures(), []);
    });

    it("moves every request to the new pods, and keeps the selector", async () => {
        await configure({ args: JSON.stringify(argsOf("sandbox/fortio:1.68.1")) });
        succeeded(await program.up());
        await moreRequests();
        const selector = await cluster.kubectl(
            ...["get", "service", "web", "-n", namespace, "-o=jsonpath={.spec.selector}"],
        );
        assert.deepEqual(JSON.parse(selector), HELM);
        assert.deepEqual(failures(), []);
    });

    it("refuses another logical name, and changes nothing with the alias that it names", async () => {
        const before = await uids();
        await configure({ name: "shop-web" });
        const { exitCode, output } = await program.preview();
        assert.notEqual(exitCode, 0);
        const [, urn = ""] = /aliases: \["(\S+)"\]/.exec(output) ?? [];
        assert.match(urn, /CanaryRollout::web$/, output);
        assert.doesNotMatch(output, /create|unhandled|stack trace/i);
        await configure({ aliases: JSON.stringify([urn]) });
        const updated = succeeded(await program.up());
        assert.doesNotMatch(updated.output, /\d+ (created|deleted|replaced)/);
        assert.equal(await uids(), before);
        assert.deepEqual(failures(), []);
    });

    it("is handed over to plain manifests, and leaves to the old pods", async () => {
        await configure({
            args: JSON.stringify({ ...argsOf("sandbox/fortio:1.68.1"), retainOnDelete: true }),
        });
        succeeded(await program.up());
        const before = await uids();
        await program.remove();
        assert.equal(await uids(), before);
        const remove = (...what: string[]) =>
            cluster.kubectl("delete", ...what, "-n", namespace, "--wait");
        await remove("virtualservice", "web");
        const host = `web.${namespace}.svc.cluster.local`;
        await eventually(
            "the client's proxy without the route",
            60,
            () => clientRoute(target, `${namespace}-client`, host),
            (route) => route !== undefined && route.weights.v1 === undefined,
        );
        await remove("deployment", "web-v1");
        await remove("destinationrule", "web");
        await moreRequests();
        assert.deepEqual(failures(), []);
        assert.equal(await exists("service", "web"), true);
    });
});

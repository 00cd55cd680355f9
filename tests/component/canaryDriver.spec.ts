import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { CanaryDriver, type CanaryDriverArgs } from "../../components";
import { CHECKOUT } from "../../dev/checkout";
import { type Registered, registeredBy } from "../fixtures/rollout/mockEngine";

const ARGS: CanaryDriverArgs = {
    app: "web",
    namespace: "shop",
    image: "registry.example/web-rollout:3f2c1a9",
    stack: "prod",
};

async function driver(change: Partial<CanaryDriverArgs> = {}) {
    const registered = await registeredBy(() => {
        new CanaryDriver("web-driver", { ...ARGS, ...change });
    });
    const inputs = (name: string) => (registered.get(name) as Registered).inputs;
    // biome-ignore lint/suspicious/noExplicitAny: plain data, as the engine was sent it.
    const job = inputs("web-driver-job") as any;
    return { registered, inputs, job, pod: job.spec.template.spec };
}

/** All kinds of objects that a rollout can create, from the sources of rollout/manifests. */
function kindsOfRollouts(): { apiVersion: string; kind: string }[] {
    const folder = path.join(CHECKOUT, "rollout", "manifests");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(path.join(folder, name), "utf8"));
    const found = sources.flatMap((source) => [
        ...source.matchAll(/apiVersion: "([^"]+)" as const,\s+kind: "(\w+)" as const/g),
    ]);
    const kinds = sources.flatMap((source) => [...source.matchAll(/kind: "\w+" as const/g)]);
    assert.equal(found.length, kinds.length, "every kind must follow its apiVersion");
    return found.map(([, apiVersion = "", kind = ""]) => ({ apiVersion, kind }));
}

const FORBIDDEN = /^(roles|rolebindings|pods\/(?!proxy$).*|serviceaccounts\/token)$/;

describe("CanaryDriver", () => {
    it("creates its resources as children, all in the app's namespace", async () => {
        const { registered } = await driver();
        const parts = [...registered.values()].filter(({ type }) => type.startsWith("kubernetes:"));
        assert.deepEqual(
            parts.map(({ type, name, parent }) => `${parent} > ${name}: ${type}`).sort(),
            [
                "web-driver > web-driver-account: kubernetes:core/v1:ServiceAccount",
                "web-driver > web-driver-binding: kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
                "web-driver > web-driver-job: kubernetes:batch/v1:Job",
                "web-driver > web-driver-role: kubernetes:rbac.authorization.k8s.io/v1:Role",
            ],
        );
        for (const { inputs } of parts) {
            const { name, namespace, labels } = inputs.metadata as {
                name: string;
                namespace: string;
                labels: object;
            };
            assert.deepEqual([name, namespace], ["web-canary-driver", "shop"]);
            assert.ok(!("app" in labels), "the app's Service would select it");
        }
    });

    it("has no permissions beyond its Lease, the namespace and the program's objects", async () => {
        const { inputs } = await driver();
        const { rules } = inputs("web-driver-role") as { rules: Record<string, string[]>[] };
        for (const { apiGroups = [], resources = [], verbs = [] } of rules) {
            for (const one of [...apiGroups, ...resources, ...verbs]) assert.notEqual(one, "*");
            for (const one of resources) {
                assert.doesNotMatch(one, FORBIDDEN);
            }
        }
        const leases = rules.filter(({ resources }) => resources?.includes("leases"));
        assert.deepEqual(
            leases.map(({ verbs, resourceNames }) => [verbs, resourceNames]),
            [
                [["create"], undefined],
                [["get", "patch"], ["web-canary"]],
            ],
        );
        const events = rules.filter(({ apiGroups }) => apiGroups?.includes("events.k8s.io"));
        assert.deepEqual(
            events.map(({ verbs, resources }) => [verbs, resources]),
            [[["create"], ["events"]]],
        );
        const pods = rules.filter(({ resources }) => resources?.includes("pods"));
        assert.deepEqual(
            pods.map(({ verbs }) => verbs),
            [["get", "list", "watch"]],
        );
    });

    it("may create, change and delete every kind of a rollout's objects except the namespace", async () => {
        const { inputs } = await driver();
        const { rules } = inputs("web-driver-role") as { rules: Record<string, string[]>[] };
        const kinds = kindsOfRollouts();
        assert.ok(kinds.length > 10);
        for (const { apiVersion, kind } of kinds.filter((one) => one.kind !== "Namespace")) {
            const [version = "", group = version] = apiVersion.split("/").reverse();
            const plural = `${kind.toLowerCase()}s`.replace(/([^aeiou])ys$/, "$1ies");
            const verbs = rules
                .filter(({ apiGroups }) => apiGroups?.includes(group === "v1" ? "" : group))
                .filter(({ resources }) => resources?.includes(plural))
                .flatMap((rule) => rule.verbs);
            for (const verb of ["get", "list", "watch", "create", "patch", "delete"]) {
                assert.ok(verbs.includes(verb), `${verb} ${plural} of ${apiVersion}`);
            }
        }
    });

    it("may send GET requests to the namespace's pods, for their proxies' counters, unless that is off", async () => {
        const verbsOf = async (change: Partial<CanaryDriverArgs>) => {
            const { inputs } = await driver(change);
            const { rules } = inputs("web-driver-role") as { rules: Record<string, string[]>[] };
            return rules
                .filter(({ resources }) => resources?.includes("pods/proxy"))
                .map(({ verbs, resources }) => [verbs, resources]);
        };
        assert.deepEqual(await verbsOf({}), [[["get"], ["pods/proxy"]]]);
        assert.deepEqual(await verbsOf({ readProxies: false }), []);
    });

    it("may create Jobs for metrics only if that is on", async () => {
        const verbsOf = async (change: Partial<CanaryDriverArgs>) => {
            const { inputs } = await driver(change);
            const { rules } = inputs("web-driver-role") as { rules: Record<string, string[]>[] };
            return rules
                .filter(({ resources }) => /jobs|pods.log/.test(String(resources)))
                .map(({ verbs, resources }) => [verbs, resources]);
        };
        assert.deepEqual(await verbsOf({}), []);
        assert.deepEqual(await verbsOf({ runJobs: true }), [
            [["get", "list", "create", "delete"], ["jobs"]],
            [["get"], ["pods/log"]],
        ]);
    });

    it("may write the route of a rollback without Pulumi", async () => {
        const { inputs } = await driver();
        const { rules } = inputs("web-driver-role") as { rules: Record<string, string[]>[] };
        const verbs = rules
            .filter(({ resources }) => resources?.includes("virtualservices"))
            .flatMap((rule) => rule.verbs);
        for (const verb of ["get", "patch"]) assert.ok(verbs.includes(verb), verb);
    });

    it("binds the Role to the Job's ServiceAccount before the Job starts", async () => {
        const { registered, inputs, pod } = await driver();
        const { roleRef, subjects } = inputs("web-driver-binding") as Record<string, unknown>;
        assert.deepEqual(roleRef, {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "Role",
            name: "web-canary-driver",
        });
        assert.deepEqual(subjects, [
            { kind: "ServiceAccount", name: "web-canary-driver", namespace: "shop" },
        ]);
        assert.equal(pod.serviceAccountName, "web-canary-driver");
        assert.ok(registered.get("web-driver-job")?.dependsOn.includes("web-driver-binding"));
    });

    it("runs as non-root with a read-only root file system, and writes to two volumes", async () => {
        const { pod, job } = await driver();
        const [{ securityContext, volumeMounts, resources }] = pod.containers;
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.deepEqual(securityContext, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        });
        assert.deepEqual(
            volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath),
            ["/state", "/tmp"],
        );
        assert.ok(resources.limits.memory);
        assert.deepEqual([pod.restartPolicy, job.spec.backoffLimit], ["OnFailure", 6]);
    });

    it("has no sidecar, because a sidecar would keep the Job from ending", async () => {
        const { job } = await driver();
        assert.equal(job.spec.template.metadata.labels["sidecar.istio.io/inject"], "false");
    });

    it("waits only until the Job exists, and waits for its deletion", async () => {
        const { job } = await driver();
        assert.deepEqual(job.metadata.annotations, {
            "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
        });
    });

    it("applies its arguments", async () => {
        const { pod } = await driver({
            backendUrl: "s3://rollouts",
            secretNames: ["pulumi"],
            env: { PROMETHEUS_URL: "http://prometheus.istio-system:9090" },
            options: ["--json"],
            claimName: "rollouts",
            imagePullSecrets: ["registry"],
        });
        const [{ args, env, envFrom, image }] = pod.containers;
        assert.equal(image, ARGS.image);
        assert.deepEqual(args, [
            ...["--stack", "prod", "--metrics-port", "9464", "--metrics-host", "0.0.0.0"],
            "--json",
        ]);
        const values = Object.fromEntries(
            env.map(({ name, value }: { name: string; value?: string }) => [name, value]),
        );
        assert.equal(values.PULUMI_BACKEND_URL, "s3://rollouts");
        assert.equal(values.PROMETHEUS_URL, "http://prometheus.istio-system:9090");
        assert.deepEqual(envFrom, [{ secretRef: { name: "pulumi" } }]);
        assert.deepEqual(pod.imagePullSecrets, [{ name: "registry" }]);
        assert.deepEqual(pod.volumes[0], {
            name: "state",
            persistentVolumeClaim: { claimName: "rollouts" },
        });
    });
});

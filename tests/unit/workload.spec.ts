import assert from "node:assert/strict";
import type { VersionArgs } from "../../components";
import { checkConfig, type RolloutInput } from "../../rollout/config";
import { manifestList } from "../../rollout/manifests";
import { pathText } from "../../rollout/problems";
import { findingsIn } from "../../rollout/rules";
import { manifestsAsData, validInput, validManifests } from "../fixtures/rollout";

type Version = Omit<VersionArgs, "image">;

const versionsOf = (v2: Version) => ({ v1: { image: "web:1" }, v2: { image: "web:2", ...v2 } });

/** The parts of slot v2, as plain data. */
function partOf(v2: Version) {
    const { workloads } = validManifests({ versions: versionsOf(v2) });
    const part = workloads.find(({ workload }) => workload.slot === "v2");
    assert.ok(part);
    return part;
}

function podOf(v2: Version) {
    const { spec, metadata } = partOf(v2).deployment.spec.template;
    const pod: Pod = JSON.parse(JSON.stringify(spec));
    const [container] = pod.containers;
    assert.ok(container);
    return { ...pod, metadata, container };
}

interface Pod {
    containers: Record<string, unknown>[];
    initContainers: Record<string, unknown>[];
    volumes: unknown;
    topologySpreadConstraints: unknown;
    nodeSelector: unknown;
}

/** "path: reason" of every problem with such a version, without the path to it. */
function problems(v2: Record<string, unknown>): string[] {
    const result = checkConfig({ ...validInput(), versions: versionsOf(v2 as Version) });
    return result.ok
        ? []
        : result.problems.map(
              ({ path, reason }) => `${pathText(path).replace(/^versions\.v2\.?/, "")}: ${reason}`,
          );
}

describe("a version's config", () => {
    const config = {
        env: { LEVEL: "debug", GREETING: "hello" },
        files: { "app.conf": "a = 1\n" },
        mountPath: "/etc/app",
    };

    it("should be a ConfigMap that is never changed, named for what it holds", () => {
        const { configMap } = partOf({ config });
        assert.match(configMap?.metadata.name ?? "", /^web-v2-config-[0-9a-f]{8}$/);
        assert.equal(configMap?.immutable, true);
        assert.deepEqual(configMap?.data, { ...config.env, ...config.files });
    });

    it("should have another name with other content, and no other with the same", () => {
        const nameOf = (change: object) =>
            partOf({ config: { ...config, ...change } }).configMap?.metadata.name;
        const same = { env: { GREETING: "hello", LEVEL: "debug" } };
        assert.equal(nameOf(same), nameOf({}));
        assert.notEqual(nameOf({ files: { "app.conf": "a = 2\n" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { ...config.env, LEVEL: "info" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { GREETING: "debug", LEVEL: "hello" } }), nameOf({}));
    });

    it("should reach the application and what runs before it, before their own variables", () => {
        const install = { name: "install", image: "busybox:1", env: { NAME: "$(GREETING)" } };
        const { configMap } = partOf({ config });
        const name = configMap?.metadata.name;
        const { container, initContainers, volumes } = podOf({
            config,
            initContainers: [install],
            env: { A: "1" },
        });
        const from = (key: string) => ({
            name: key,
            valueFrom: { configMapKeyRef: { name, key } },
        });
        const both = [from("GREETING"), from("LEVEL")];
        assert.deepEqual(container.env, [...both, { name: "A", value: "1" }]);
        assert.deepEqual(initContainers[0]?.env, [...both, { name: "NAME", value: "$(GREETING)" }]);
        assert.deepEqual(volumes, [
            {
                name: "version-config",
                configMap: { name, items: [{ key: "app.conf", path: "app.conf" }] },
            },
        ]);
        const mount = { name: "version-config", mountPath: "/etc/app", readOnly: true };
        assert.deepEqual(container.volumeMounts, [mount]);
        assert.deepEqual(initContainers[0]?.volumeMounts, [mount]);
    });

    it("should leave the other version's pods as they are", () => {
        const v1Of = (v2: Version) => manifestsAsData({ versions: versionsOf(v2) })[3];
        assert.equal((v1Of({}) as { kind: string }).kind, "Deployment");
        assert.deepEqual(v1Of({ config }), v1Of({}));
    });

    it("should be no object where it holds nothing", () => {
        assert.equal(partOf({ config: {} }).configMap, undefined);
        assert.equal(podOf({ config: {} }).volumes, undefined);
    });

    for (const [what, change, problem] of [
        [
            "files that are nowhere",
            { files: { a: "1" } },
            "config: must have both files and mountPath, the folder where containers find them, or neither; found",
        ],
        [
            "a file in a folder",
            { files: { "a/b": "1" }, mountPath: "/etc/app" },
            'config.files["a/b"]: key must be a file\'s name of letters, digits, "-", "_" and ".", without folders; found "a/b"',
        ],
        [
            "a folder that is none",
            { files: { a: "1" }, mountPath: "etc" },
            'config.mountPath: must be a path that starts with /, without :; found "etc"',
        ],
        [
            "a file that pulumi would change",
            { files: { a: "\na = 1\n" }, mountPath: "/etc/app" },
            'config.files.a: must not begin with an empty line, which pulumi config set takes away; found "\\na = 1\\n"',
        ],
        [
            "a variable that is no text",
            { env: { PORT: 1 } },
            "config.env.PORT: must be a text; quote it; found 1",
        ],
        [
            "a variable and a file of one name",
            { env: { a: "1" }, files: { a: "1" }, mountPath: "/etc/app" },
            "config: must not have a variable and a file of the same name; found",
        ],
        [
            "more than an object holds",
            { env: { BIG: "x".repeat(1_000_000) } },
            "config: must hold at most 1000000 bytes, which is what Kubernetes takes; found",
        ],
    ] as const) {
        it(`should refuse ${what}`, () => {
            const [found, ...more] = problems({ config: change });
            assert.ok(found?.startsWith(problem), found);
            assert.deepEqual(more, []);
        });
    }

    it("should refuse a variable that has another value already", () => {
        assert.deepEqual(problems({ env: { A: "1" }, config: { env: { A: "2" } } }), [
            "config.env.A: must be set once; it is in env too",
        ]);
    });
});

describe("a slot's secrets", () => {
    const secrets = { v2: { TOKEN: "sesame", KEY: "k" } };
    const partWith = (change: Partial<RolloutInput>) =>
        validManifests({ versions: versionsOf({}), ...change }).workloads[1];

    it("should be a Secret that is never changed, and variables that only name it", () => {
        const part = partWith({ secrets });
        const name = part?.secret?.metadata.name ?? "";
        assert.match(name, /^web-v2-secret-[0-9a-f]{8}$/);
        assert.equal(part?.secret?.immutable, true);
        assert.deepEqual(part?.secret?.stringData, secrets.v2);
        const { env } = part?.deployment.spec.template.spec.containers[0] ?? {};
        assert.deepEqual(env, [
            { name: "KEY", valueFrom: { secretKeyRef: { name, key: "KEY" } } },
            { name: "TOKEN", valueFrom: { secretKeyRef: { name, key: "TOKEN" } } },
        ]);
        assert.doesNotMatch(JSON.stringify(part?.deployment), /sesame/);
        const other = partWith({ secrets: { v2: { ...secrets.v2, KEY: "l" } } });
        assert.notEqual(other?.secret?.metadata.name, name);
    });

    it("should be refused where the variable has a value already", () => {
        const input = { ...validInput(), versions: versionsOf({ env: { TOKEN: "x" } }), secrets };
        const result = checkConfig(input);
        assert.deepEqual(result.ok ? [] : result.problems, [
            {
                path: ["secrets", "v2", "TOKEN"],
                reason: "must be set once; it is in versions.v2 too",
            },
        ]);
    });
});

describe("a version's containers", () => {
    it("should take variables from the pod, ConfigMaps and Secrets", () => {
        const env = {
            TOKEN: { secretKeyRef: { name: "web-token", key: "token" } },
            POD: { fieldRef: { fieldPath: "metadata.name" } },
        };
        const envFrom = [{ secretRef: { name: "web-secret" } }];
        const { container } = podOf({ env, envFrom });
        assert.deepEqual(container.env, [
            { name: "POD", valueFrom: env.POD },
            { name: "TOKEN", valueFrom: env.TOKEN },
        ]);
        assert.deepEqual(container.envFrom, envFrom);
    });

    it("should run init containers as restricted as the application", () => {
        const { container, initContainers } = podOf({
            initContainers: [{ name: "install", image: "busybox:1" }],
        });
        assert.deepEqual(initContainers[0]?.securityContext, container.securityContext);
    });

    it("should share volumes", () => {
        const volumes = [{ name: "work", emptyDir: {} }];
        const volumeMounts = [{ name: "work", mountPath: "/work" }];
        const pod = podOf({
            volumes,
            volumeMounts,
            initContainers: [{ name: "install", image: "busybox:1", volumeMounts }],
        });
        assert.deepEqual(pod.volumes, volumes);
        assert.deepEqual(pod.container.volumeMounts, volumeMounts);
        assert.deepEqual(pod.initContainers[0]?.volumeMounts, volumeMounts);
    });

    for (const [what, change, problem] of [
        [
            "a source that is none",
            { env: { A: { fieldRef: { path: "metadata.name" } } } },
            'env.A: must have exactly one of fieldRef {fieldPath}, configMapKeyRef {name, key}, secretKeyRef {name, key}; found {"fieldRef":{"path":"metadata.name"}}',
        ],
        [
            "two sources",
            { envFrom: [{ configMapRef: { name: "a" }, secretRef: { name: "b" } }] },
            'envFrom[0]: must have exactly one of configMapRef, secretRef; found {"configMapRef":{"name":"a"},"secretRef":{"name":"b"}}',
        ],
        [
            "a volume that is not there",
            {
                volumes: [{ name: "work", emptyDir: {} }],
                volumeMounts: [{ name: "wrok", mountPath: "/work" }],
            },
            'volumeMounts[0].name: must be the name of a volume of this version: work; found "wrok"',
        ],
        [
            "one in an init container",
            {
                initContainers: [
                    { name: "a", image: "b", volumeMounts: [{ name: "c", mountPath: "/c" }] },
                ],
            },
            'initContainers[0].volumeMounts[0].name: must be the name of a volume of this version: it has none; found "c"',
        ],
        [
            "a volume of two kinds",
            { volumes: [{ name: "work", emptyDir: {}, configMap: { name: "a" } }] },
            'volumes[0]: must have exactly one of emptyDir, configMap, secret, persistentVolumeClaim; other kinds go into podTemplate.spec.volumes; found {"name":"work","emptyDir":{},"configMap":{"name":"a"}}',
        ],
        [
            "two containers of one name",
            { initContainers: [{ name: "web", image: "a" }] },
            'initContainers[0].name: must be a name that no other container of the pod has; found "web"',
        ],
        [
            "a pull secret that is no name",
            { imagePullSecrets: ["Registry"] },
            'imagePullSecrets[0]: must be the name of a Kubernetes object: lower-case letters, digits, "-" and "."; found "Registry"',
        ],
    ] as const) {
        it(`should refuse ${what}`, () => assert.deepEqual(problems(change), [problem]));
    }
});

describe("a version's scaling", () => {
    it("should be an autoscaler's when asked, the first number within its bounds", () => {
        const autoscaling = { minReplicas: 2, maxReplicas: 5, cpu: 70 };
        const { autoscaler, deployment } = partOf({ autoscaling });
        assert.deepEqual(autoscaler?.spec, {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web-v2" },
            minReplicas: 2,
            maxReplicas: 5,
            metrics: [
                {
                    type: "Resource",
                    resource: {
                        name: "cpu",
                        target: { type: "Utilization", averageUtilization: 70 },
                    },
                },
            ],
        });
        assert.equal(deployment.spec.replicas, 2);
        assert.equal(partOf({ autoscaling, replicas: 9 }).deployment.spec.replicas, 5);
        assert.equal(partOf({ autoscaling, replicas: 3 }).deployment.spec.replicas, 3);
    });

    it("should not be left to an autoscaler and to the weight together", () => {
        const autoscaling = { maxReplicas: 2, cpu: 70 };
        const result = checkConfig({
            ...validInput(),
            versions: versionsOf({ autoscaling }),
            capacity: { canary: "proportional", total: 4 },
        });
        assert.deepEqual(result.ok ? [] : result.problems, [
            {
                path: ["versions", "v2", "autoscaling"],
                reason: 'must be left out while capacity.canary is proportional, where the number of pods follows from total and weight; found {"minReplicas":1,"maxReplicas":2,"cpu":70}',
            },
        ]);
    });

    it("should be guarded against disruption without ever blocking a drain", () => {
        assert.deepEqual(partOf({ disruptionBudget: {} }).disruptionBudget?.spec, {
            selector: { matchLabels: { app: "web", version: "v2" } },
            maxUnavailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        assert.deepEqual(problems({ disruptionBudget: { minAvailable: 1 } }), [
            "disruptionBudget.minAvailable: is not a key; did you mean maxUnavailable? allowed: maxUnavailable",
        ]);
        for (const maxUnavailable of [0, "0%", "101%"]) {
            assert.deepEqual(problems({ disruptionBudget: { maxUnavailable } }), [
                `disruptionBudget.maxUnavailable: must be a number of pods from 1, or a percentage such as "25%"; found ${JSON.stringify(maxUnavailable)}`,
            ]);
        }
    });

    it("should be spread by slot and generation", () => {
        const topologySpread = [{ topologyKey: "topology.kubernetes.io/zone" }];
        assert.deepEqual(podOf({ topologySpread }).topologySpreadConstraints, [
            {
                topologyKey: "topology.kubernetes.io/zone",
                maxSkew: 1,
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: { app: "web", version: "v2" } },
                matchLabelKeys: ["pod-template-hash"],
            },
        ]);
    });

    it("should refuse an autoscaler that has nothing to go by, or no room", () => {
        assert.deepEqual(problems({ autoscaling: { minReplicas: 3, maxReplicas: 2, cpu: 70 } }), [
            "autoscaling.maxReplicas: must be at least minReplicas; found 2",
        ]);
        assert.deepEqual(problems({ autoscaling: { maxReplicas: 2 } }), [
            'autoscaling: must have at least one of cpu and memory, a percentage of what the containers request; found {"maxReplicas":2}',
        ]);
    });
});

describe("podTemplate", () => {
    it("should reach whatever a pod may have", () => {
        const pod = podOf({
            podTemplate: {
                metadata: { annotations: { team: "shop" } },
                spec: {
                    nodeSelector: { disk: "ssd" },
                    containers: [
                        { name: "web", tty: true },
                        { name: "log", image: "log:1" },
                    ],
                },
            },
        });
        assert.equal((pod.metadata.annotations as Record<string, string>).team, "shop");
        assert.deepEqual(pod.nodeSelector, { disk: "ssd" });
        assert.deepEqual(pod.containers[0], { ...podOf({}).container, tty: true });
        assert.deepEqual(pod.containers[1], { name: "log", image: "log:1" });
    });

    for (const [path, value, why] of [
        [["metadata", "labels", "version"], "v3", "it is the rollout's own: the slot's name"],
        [
            ["metadata", "labels", "sidecar.istio.io/inject"],
            "false",
            "it is the rollout's own: without a sidecar a slot has no weight",
        ],
        [["spec", "terminationGracePeriodSeconds"], 5, "it is the rollout's own: drain sets it"],
        [
            ["spec", "serviceAccountName"],
            "default",
            "it is the rollout's own: each version has its own identity",
        ],
    ] as const) {
        it(`should refuse ${pathText(path)}`, () => {
            const podTemplate = path.reduceRight<unknown>(
                (inner, key) => ({ [key]: inner }),
                value,
            );
            assert.deepEqual(problems({ podTemplate } as Record<string, unknown>), [
                `podTemplate.${pathText(path)}: must not be set here; ${why}; found ${JSON.stringify(value)}`,
            ]);
        });
    }

    it("should refuse to take the drain from the application", () => {
        const podTemplate = { spec: { containers: [{ name: "web", lifecycle: {} }] } };
        assert.deepEqual(problems({ podTemplate }), [
            "podTemplate.spec.containers[0].lifecycle: must not be set here; it is the rollout's own: drain sets it",
        ]);
    });
});

describe("a version with everything", () => {
    it("should break no rule", () => {
        const manifests = validManifests({
            weight: 10,
            versions: versionsOf({
                config: { env: { A: "1" } },
                autoscaling: { maxReplicas: 3, cpu: 70 },
                disruptionBudget: {},
            }),
        });
        assert.deepEqual(findingsIn(manifestList(manifests)), []);
    });
});

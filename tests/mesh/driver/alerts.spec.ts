// The alert rules as Prometheus' own tool runs them over given series: what fires, and what does not.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { alertRules } from "../../../canary/report/grafana/alerts";
import { dashboard } from "../../../canary/report/grafana/dashboard";
import { selected } from "../../fixtures/dashboard";
import { validConfig } from "../../fixtures/rollout/rollout";
import { sandboxCluster } from "../harness/cluster";

interface Case {
    readonly what: string;
    readonly weight: number;
    /** Requests per second, and milliseconds that each takes, by version and status. */
    readonly requests: readonly [version: "v1" | "v2", code: number, rate: number, ms: number][];
    /** Pods of the canary that a caller leaves out. */
    readonly ejected?: number;
    /** Whether Prometheus scrapes the driver's own metrics. Default: yes. */
    readonly scraped?: boolean;
    /** How long it has been so. Default 15m. */
    readonly after?: string;
    /** All alerts that are firing then. */
    readonly firing: readonly string[];
}

const HEALTHY: Case["requests"] = [
    ["v1", 200, 90, 5],
    ["v2", 200, 10, 5],
];

const cases: readonly Case[] = [
    { what: "both versions answer well", weight: 10, requests: HEALTHY, firing: [] },
    {
        what: "the canary fails one request of five",
        weight: 10,
        requests: [
            ["v1", 200, 90, 5],
            ["v2", 200, 8, 5],
            ["v2", 503, 2, 5],
        ],
        firing: ["CanaryFailing"],
    },
    {
        what: "every request of the canary times out",
        weight: 10,
        requests: [
            ["v1", 200, 90, 5],
            ["v2", 504, 10, 5],
        ],
        firing: ["CanaryFailing"],
    },
    {
        what: "the canary fails no more than the stable",
        weight: 10,
        requests: [
            ["v1", 200, 72, 5],
            ["v1", 503, 18, 5],
            ["v2", 200, 8, 5],
            ["v2", 503, 2, 5],
        ],
        firing: [],
    },
    {
        what: "the canary fails by half of the margin more",
        weight: 10,
        requests: [
            ["v1", 200, 90, 5],
            ["v2", 200, 199, 5],
            ["v2", 503, 1, 5],
        ],
        firing: [],
    },
    {
        what: "only the stable fails",
        weight: 10,
        requests: [
            ["v1", 503, 90, 5],
            ["v2", 200, 10, 5],
        ],
        firing: [],
    },
    {
        what: "the canary fails when it has all requests, and the stable's have stopped",
        weight: 100,
        requests: [
            ["v1", 200, 0, 5],
            ["v2", 200, 90, 5],
            ["v2", 500, 10, 5],
        ],
        firing: ["CanaryFailing"],
    },
    {
        what: "the canary's users send wrong requests",
        weight: 10,
        requests: [
            ["v1", 200, 90, 5],
            ["v2", 404, 10, 5],
        ],
        firing: [],
    },
    {
        what: "the canary has failed for half a minute only",
        weight: 10,
        requests: [
            ["v1", 200, 90, 5],
            ["v2", 503, 10, 5],
        ],
        after: "45s",
        firing: [],
    },
    {
        what: "a caller leaves out a pod of the canary",
        weight: 10,
        requests: HEALTHY,
        ejected: 1,
        firing: ["CanaryEjected"],
    },
    {
        what: "nobody leaves out a pod",
        weight: 10,
        requests: HEALTHY,
        ejected: 0,
        firing: [],
    },
    {
        what: "the canary gets no requests at a weight",
        weight: 10,
        requests: [["v1", 200, 100, 5]],
        firing: ["CanaryWithoutTraffic"],
    },
    {
        what: "the canary's requests have stopped",
        weight: 10,
        requests: [
            ["v1", 200, 100, 5],
            ["v2", 200, 0, 5],
        ],
        firing: ["CanaryWithoutTraffic"],
    },
    {
        what: "nothing is known at all",
        weight: 10,
        requests: [],
        firing: ["CanaryWithoutTraffic"],
    },
    {
        what: "nobody says which weight there should be",
        weight: 10,
        requests: [["v1", 200, 100, 5]],
        scraped: false,
        firing: [],
    },
    {
        what: "the canary gets no requests at weight 0",
        weight: 0,
        requests: [["v1", 200, 100, 5]],
        after: "7h",
        firing: [],
    },
    {
        what: "both versions get requests for longer than six hours",
        weight: 50,
        requests: HEALTHY,
        after: "6h5m",
        firing: ["RolloutStuck"],
    },
    {
        what: "both versions get requests for less",
        weight: 50,
        requests: HEALTHY,
        after: "5h55m",
        firing: [],
    },
    {
        what: "weight 100 stays",
        weight: 100,
        requests: [["v2", 200, 100, 5]],
        after: "7h",
        firing: [],
    },
    {
        what: "the canary takes four times as long",
        weight: 10,
        requests: [
            ["v1", 200, 90, 50],
            ["v2", 200, 10, 250],
        ],
        firing: ["CanarySlow"],
    },
    {
        what: "the canary is as fast",
        weight: 10,
        requests: [
            ["v1", 200, 90, 250],
            ["v2", 200, 10, 250],
        ],
        firing: [],
    },
    {
        what: "the stable is the slow one",
        weight: 10,
        requests: [
            ["v1", 200, 90, 250],
            ["v2", 200, 10, 50],
        ],
        firing: [],
    },
];

const BUCKETS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, Number.POSITIVE_INFINITY];
const STEP = 15;
const host = "web.demo.svc.cluster.local";

function seriesOf({ requests, ejected, weight, scraped = true }: Case) {
    const counter = (name: string, labels: Record<string, string | number>, rate: number) => {
        const text = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
        // Seven hours and a bit.
        return { series: `${name}{${text.join(",")}}`, values: `0+${rate * STEP}x1800` };
    };
    const all = requests.flatMap(([version, code, rate, ms]) => {
        const labels = {
            reporter: "source",
            destination_service: host,
            destination_version: version,
            response_code: code,
        };
        return [
            counter("istio_requests_total", labels, rate),
            ...BUCKETS.map((le) =>
                counter(
                    "istio_request_duration_milliseconds_bucket",
                    { ...labels, le: le === Number.POSITIVE_INFINITY ? "+Inf" : le },
                    ms <= le ? rate : 0,
                ),
            ),
        ];
    });
    const gauge = (name: string, labels: string, value: number) => ({
        series: `${name}{${labels}}`,
        values: `${value}x1800`,
    });
    if (ejected !== undefined) {
        const name = "envoy_cluster_outlier_detection_ejections_active";
        all.push(gauge(name, `cluster_name="outbound|80|v2|${host}"`, ejected));
    }
    if (scraped) all.push(gauge("canary_rollout_weight", 'namespace="demo",app="web"', weight));
    return all;
}

describe("the alert rules, by promtool", () => {
    let folder: string;
    const { env } = sandboxCluster();
    const promtool = (...args: string[]) => execa("promtool", args, { cwd: folder, env });

    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "istio-canary-alerts-"));
    });

    after(() => rm(folder, { recursive: true }));

    it("are rules that Prometheus takes", async () => {
        await writeFile(path.join(folder, "rules.yaml"), stringify(alertRules(validConfig())));
        await promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml");
    });

    for (const one of cases) {
        const firing = one.firing.length === 0 ? "nothing" : one.firing.join(", ");
        it(`raise ${firing} when ${one.what}`, async () => {
            await writeFile(path.join(folder, "rules.yaml"), stringify(alertRules(validConfig())));
            const test = {
                interval: `${STEP}s`,
                input_series: seriesOf(one),
                promql_expr_test: [
                    {
                        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
                        eval_time: one.after ?? "15m",
                        exp_samples: one.firing.map((alertname) => ({
                            labels: `{alertname="${alertname}"}`,
                            value: 1,
                        })),
                    },
                ],
            };
            const file = {
                rule_files: ["rules.yaml"],
                evaluation_interval: `${STEP}s`,
                tests: [test],
            };
            await writeFile(path.join(folder, "test.yaml"), stringify(file));
            await promtool("test", "rules", "test.yaml");
        });
    }

    it("say in an alert what was measured, for whom, and what to do", async () => {
        await writeFile(path.join(folder, "rules.yaml"), stringify(alertRules(validConfig())));
        const requests: Case["requests"] = [
            ["v1", 200, 90, 5],
            ["v2", 503, 2, 5],
            ["v2", 200, 8, 5],
        ];
        const test = {
            interval: `${STEP}s`,
            input_series: seriesOf({ what: "", weight: 10, requests, firing: [] }),
            alert_rule_test: [
                {
                    alertname: "CanaryFailing",
                    eval_time: "15m",
                    exp_alerts: [
                        {
                            exp_labels: { severity: "critical", rollout: "demo/web", canary: "v2" },
                            exp_annotations: {
                                summary:
                                    "demo/web: the canary v2 fails more requests than the stable",
                                description:
                                    "20% of the canary's requests fail, more than 1 % above the stable's. To roll back, set the weight to 0.",
                            },
                        },
                    ],
                },
            ],
        };
        const file = { rule_files: ["rules.yaml"], evaluation_interval: `${STEP}s`, tests: [test] };
        await writeFile(path.join(folder, "test.yaml"), stringify(file));
        await promtool("test", "rules", "test.yaml");
    });

    it("marks in the dashboard where the weight changes and where the rollout ends", async () => {
        const about = 'namespace="demo",app="web",instance="10.0.0.9:9464"';
        const series = (name: string, labels: string, values: string) => ({
            series: `canary_rollout_${name}{${about}${labels}}`,
            values,
        });
        const [phases, ends] = (dashboard().annotations?.list ?? []).map(({ expr = "" }) =>
            selected(expr, { namespace: "demo", app: "web", stack: ".*", __interval: "1m" }),
        );
        const marks = (expr: string | undefined, minute: number, labels?: string) => ({
            expr,
            eval_time: `${minute}m`,
            exp_samples: labels === undefined ? [] : [{ labels, value: 1 }],
        });
        const test = {
            interval: "1m",
            input_series: [
                series("info", ',stack="prod"', "_x5 1x10"),
                series("weight", "", "_x5 10 10 10 25 25 0 0 0"),
                series("state", ',state="running"', "_x5 1 1 1 1 1 0 0 0"),
                series("state", ',state="rolledBack"', "_x5 0 0 0 0 0 1 1 1"),
            ],
            promql_expr_test: [
                marks(phases, 5, '{weight="10"}'),
                marks(phases, 6),
                marks(phases, 8, '{weight="25"}'),
                marks(phases, 10, '{weight="0"}'),
                marks(ends, 9),
                marks(ends, 10, '{state="rolledBack"}'),
                marks(ends, 11),
            ],
        };
        await writeFile(path.join(folder, "test.yaml"), stringify({ tests: [test] }));
        await promtool("test", "rules", "test.yaml");
    });
});

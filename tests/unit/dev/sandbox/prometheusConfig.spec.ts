// The relabelling rules turn Envoy's counters into Istio's standard metrics; run here as Prometheus runs them.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { statsInclusion } from "../../../../dev/sandbox/addons/istio";
import {
    istiodRelabelling,
    metricRelabelling,
    prometheusConfig,
    type Relabelling,
    targetRelabelling,
} from "../../../../dev/sandbox/parts/scrapeConfig";

type Labels = Record<string, string>;

/** Applies Prometheus' `relabel_config` as documented; undefined if the series is dropped. */
function relabel(labels: Labels, rules: readonly Relabelling[]): Labels | undefined {
    const result = { ...labels };
    for (const rule of rules) {
        const pattern = new RegExp(`^(?:${rule.regex ?? "(.*)"})$`, "s");
        if (rule.action === "labeldrop") {
            for (const name of Object.keys(result).filter((each) => pattern.test(each))) {
                delete result[name];
            }
            continue;
        }
        const value = (rule.source_labels ?? []).map((name) => result[name] ?? "").join(";");
        const match = pattern.exec(value);
        if (rule.action === "keep" || rule.action === "drop") {
            if ((match !== null) !== (rule.action === "keep")) {
                return undefined;
            }
        } else if (match !== null && rule.target_label !== undefined) {
            const replaced = (rule.replacement ?? "$1").replace(
                /\$(\d)/g,
                (_, group) => match[Number(group)] ?? "",
            );
            if (replaced === "") {
                delete result[rule.target_label];
            } else {
                result[rule.target_label] = replaced;
            }
        }
    }
    return result;
}

const discovered: Labels = {
    __meta_kubernetes_pod_container_port_name: "http-envoy-prom",
    __meta_kubernetes_pod_phase: "Running",
    __meta_kubernetes_namespace: "demo",
    __meta_kubernetes_pod_name: "web-v1-5ccf649c6c-2gdnv",
    __meta_kubernetes_pod_controller_name: "web-v1-5ccf649c6c",
    __meta_kubernetes_pod_label_app: "web",
    __meta_kubernetes_pod_label_version: "v1",
    __meta_kubernetes_pod_label_service_istio_io_canonical_name: "web",
    __meta_kubernetes_pod_label_service_istio_io_canonical_revision: "v1",
};

/** A sample of the pod's sidecar, as Prometheus stores it. */
function stored(sample: Labels): Labels | undefined {
    const target = relabel(discovered, targetRelabelling);
    assert.ok(target, "the target is kept");
    const visible = Object.entries(target).filter(([name]) => !name.startsWith("__"));
    return relabel({ ...Object.fromEntries(visible), ...sample }, metricRelabelling);
}

const request = { __name__: "envoy_cluster_upstream_rq", response_code: "200" };

describe("relabelling", () => {
    it("takes the version of a request to a slot's Service from its name", () => {
        const version = (service: string) =>
            stored({ ...request, cluster_name: `outbound|80||${service}.shop.svc.cluster.local` })
                ?.destination_version;
        assert.equal(version("api-v2"), "v2");
        assert.equal(version("api"), "unknown");
        assert.equal(version("api-v20"), "unknown");
    });

    it("turns a client's counter of a subset into `istio_requests_total` with reporter `source`", () => {
        const cluster_name = "outbound|80|v2|api.shop.svc.cluster.local";
        assert.deepEqual(stored({ ...request, cluster_name }), {
            __name__: "istio_requests_total",
            cluster_name,
            destination_service: "api.shop.svc.cluster.local",
            destination_service_name: "api",
            destination_service_namespace: "shop",
            destination_version: "v2",
            namespace: "demo",
            pod: "web-v1-5ccf649c6c-2gdnv",
            reporter: "source",
            response_code: "200",
            source_app: "web",
            source_canonical_revision: "v1",
            source_canonical_service: "web",
            source_version: "v1",
            source_workload: "web-v1",
            source_workload_namespace: "demo",
        });
    });

    it("sets the version of a service without subsets to `unknown`, as Istio does", () => {
        const cluster_name = "outbound|80||api.shop.svc.cluster.local";
        assert.equal(stored({ ...request, cluster_name })?.destination_version, "unknown");
    });

    it("turns a server's counter into `istio_requests_total` with reporter `destination`", () => {
        assert.deepEqual(stored({ ...request, cluster_name: "inbound|8080||" }), {
            __name__: "istio_requests_total",
            cluster_name: "inbound|8080||",
            destination_app: "web",
            destination_canonical_revision: "v1",
            destination_canonical_service: "web",
            destination_version: "v1",
            destination_workload: "web-v1",
            destination_workload_namespace: "demo",
            namespace: "demo",
            pod: "web-v1-5ccf649c6c-2gdnv",
            reporter: "destination",
            response_code: "200",
        });
    });

    it("renames durations; both metrics have buckets in milliseconds", () => {
        const bucket = {
            __name__: "envoy_cluster_upstream_rq_time_bucket",
            cluster_name: "outbound|80|v1|api.shop.svc.cluster.local",
            le: "25",
        };
        const result = stored(bucket);
        assert.equal(result?.__name__, "istio_request_duration_milliseconds_bucket");
        assert.equal(result?.le, "25");
    });

    it("counts each request once: drops the series per response code class", () => {
        const twin = { __name__: "envoy_cluster_upstream_rq", response_code_class: "2" };
        assert.equal(stored({ ...twin, cluster_name: "inbound|8080||" }), undefined);
    });

    it("drops the mesh's own clusters and other counters", () => {
        assert.equal(stored({ ...request, cluster_name: "xds-grpc" }), undefined);
        assert.equal(stored({ ...request, cluster_name: "PassthroughCluster" }), undefined);
        const other = { __name__: "envoy_cluster_upstream_cx_total" };
        assert.equal(stored({ ...other, cluster_name: "inbound|8080||" }), undefined);
    });

    it("discovers only running sidecars, in every namespace", () => {
        const changes: Labels[] = [
            { __meta_kubernetes_pod_container_port_name: "http" },
            { __meta_kubernetes_pod_phase: "Pending" },
        ];
        for (const change of changes) {
            assert.equal(relabel({ ...discovered, ...change }, targetRelabelling), undefined);
        }
        const { scrape_configs } = parse(prometheusConfig("/k"));
        assert.deepEqual(scrape_configs[0].kubernetes_sd_configs, [
            { role: "pod", kubeconfig_file: "/k" },
        ]);
    });

    it("scrapes istiod at its metrics port, whichever of its ports is discovered", () => {
        const labels = {
            __meta_kubernetes_pod_phase: "Running",
            __meta_kubernetes_pod_ip: "10.244.0.7",
            __meta_kubernetes_namespace: "istio-system",
            __meta_kubernetes_pod_name: "istiod-5ccf649c6c-2gdnv",
        };
        for (const port of ["15010", "15014"]) {
            const found = relabel(
                { ...labels, __address__: `10.244.0.7:${port}` },
                istiodRelabelling,
            );
            assert.equal(found?.__address__, "10.244.0.7:15014");
            assert.equal(found?.pod, "istiod-5ccf649c6c-2gdnv");
        }
    });

    it("scrapes every 5 s", () => {
        assert.equal(parse(prometheusConfig("/k")).global.scrape_interval, "5s");
    });
});

describe("statsInclusion", () => {
    const included = (name: string) =>
        statsInclusion.some((pattern) => new RegExp(`^(?:${pattern})$`).test(name));
    const outbound = "cluster.outbound|80|v1|web.demo.svc.cluster.local;";

    for (const name of [
        `${outbound}.upstream_rq_200`,
        `${outbound}.upstream_rq_time`,
        `${outbound}.upstream_rq_timeout`,
        `${outbound}.outlier_detection.ejections_active`,
        "cluster.inbound|8080||;.upstream_rq_503",
        "http.inbound_0.0.0.0_8080;.downstream_rq_5xx",
    ]) {
        it(`includes ${name}`, () => assert.ok(included(name)));
    }

    for (const name of [
        `${outbound}.upstream_cx_rx_bytes_total`,
        `${outbound}.membership_healthy`,
        "cluster.xds-grpc.upstream_rq_200",
    ]) {
        it(`excludes ${name}`, () => assert.ok(!included(name)));
    }
});

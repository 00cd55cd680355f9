import assert from "node:assert/strict";
import {
    receivedCounters,
    sentCounters,
    statsPath,
} from "../../../../../canary/driver/proxies/proxyStats";

const rollout = { app: "web", namespace: "shop", port: 80 };
const host = "web.shop.svc.cluster.local";
const counts = (found: ReturnType<typeof sentCounters>) =>
    found.map(({ version, failed, value }) => [version, failed, value]);

const ENVOY = `# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_external_upstream_rq{cluster_name="outbound|80|v2|${host}",response_code="503"} 7
envoy_cluster_upstream_rq{cluster_name="outbound|80|v1|${host}",response_code="200"} 276
envoy_cluster_upstream_rq{cluster_name="outbound|80|v2|${host}",response_code="503"} 7
envoy_cluster_upstream_rq{cluster_name="outbound|80|v2|${host}",response_code_class="5xx"} 7
envoy_cluster_upstream_rq{cluster_name="outbound|80||${host}",response_code="503"} 2
envoy_cluster_upstream_rq{cluster_name="outbound|81|v2|${host}",response_code="503"} 3
envoy_cluster_upstream_rq{cluster_name="outbound|80|v2|web.shop2.svc.cluster.local",response_code="503"} 4
envoy_cluster_upstream_rq{cluster_name="inbound|8080||",response_code="200"} 5
`;
const istio = (reporter: string, version: string, code: string, value: number, more = "") =>
    `istio_requests_total{reporter="${reporter}",destination_service="${host}",destination_version="${version}",response_code="${code}"${more}} ${value}\n`;

describe("a proxy's own counters", () => {
    it("are of the app's subsets, each response code once", () => {
        assert.deepEqual(counts(sentCounters(ENVOY, rollout)), [
            ["v1", false, 276],
            ["v2", true, 7],
        ]);
        assert.deepEqual(counts(receivedCounters(ENVOY, "v2", rollout)), [["v2", false, 5]]);
    });

    it("are found in another cluster domain", () => {
        const text = ENVOY.replaceAll("cluster.local", "corp.example");
        assert.deepEqual(sentCounters(text, rollout), []);
        const found = sentCounters(text, { ...rollout, host: "web.shop.svc.corp.example" });
        assert.deepEqual(counts(found), [
            ["v1", false, 276],
            ["v2", true, 7],
        ]);
    });

    it("are Istio's if the proxy has both, with the status of gRPC", () => {
        const text =
            ENVOY +
            istio("source", "v1", "200", 10) +
            istio("source", "v2", "200", 3, ',grpc_response_status="14"') +
            istio("source", "unknown", "503", 2) +
            istio("destination", "v2", "500", 4) +
            istio("destination", "v2", "500", 9).replaceAll(host, "other.shop.svc.cluster.local");
        assert.deepEqual(counts(sentCounters(text, rollout)), [
            ["v1", false, 10],
            ["v2", true, 3],
        ]);
        assert.deepEqual(counts(receivedCounters(text, "v2", rollout)), [["v2", true, 4]]);
    });

    it("are of the slots' Services behind an HTTPRoute, and of the subsets before a switch to it", () => {
        const routed = { ...rollout, routing: "gateway-api" };
        assert.deepEqual(counts(sentCounters(ENVOY, routed)), counts(sentCounters(ENVOY, rollout)));
        const slots = (text: string) =>
            text
                .replaceAll(`|v1|web.shop`, "||web-v1.shop")
                .replaceAll(`|v2|web.shop`, "||web-v2.shop");
        assert.deepEqual(counts(sentCounters(slots(ENVOY), routed)), [
            ["v1", false, 276],
            ["v2", true, 7],
        ]);
        assert.deepEqual(sentCounters(slots(ENVOY), rollout), []);
        const istios =
            istio("source", "v1", "200", 10).replaceAll('="web.', '="web-v1.') +
            istio("source", "v2", "503", 3).replaceAll('="web.', '="web-v2.');
        assert.deepEqual(counts(sentCounters(istios, routed)), [
            ["v1", false, 10],
            ["v2", true, 3],
        ]);
        const filter = new URL(statsPath(routed), "http://pod").searchParams.get("filter") ?? "";
        const matches = (name: string) => new RegExp(filter).test(name);
        assert.ok(matches("cluster.outbound|80||web-v2.shop.svc.cluster.local.upstream_rq_503"));
        assert.ok(matches(`cluster.outbound|80|v2|${host}.upstream_rq_503`));
        assert.ok(!matches("cluster.outbound|80||web-v3.shop.svc.cluster.local.upstream_rq_503"));
    });

    it("are none in text of any other kind", () => {
        for (const text of ["", "<html>", "envoy_cluster_upstream_rq{} NaN", 'x{y="z"} 1']) {
            assert.deepEqual(sentCounters(text, rollout), []);
        }
    });

    it("are asked for with a filter that Envoy applies to raw names", () => {
        const filter = new URL(statsPath(rollout), "http://pod").searchParams.get("filter") ?? "";
        const matches = (name: string) => new RegExp(filter).test(name);
        assert.ok(matches(`cluster.outbound|80|v2|${host}.upstream_rq_503`));
        assert.ok(matches("cluster.inbound|8080||.upstream_rq_200"));
        assert.ok(matches("istiocustom.istio_requests_total;reporter=source"));
        assert.ok(!matches(`cluster.outbound|80|v2|${host}.upstream_rq_time`));
        assert.ok(!matches("cluster.outbound|80|v2|other.shop.svc.cluster.local.upstream_rq_503"));
    });
});

// The mean response size as a metric that reports by default, and holds if the config asks for it.
import assert from "node:assert/strict";
import {
    checkDriverConfig,
    type DriverInput,
} from "../../../../../canary/analysis/config/driverConfig";
import { withResponseSize } from "../../../../../canary/analysis/config/metrics/responseSize";
import {
    metricAfter,
    metricGate,
    metricGates,
    metricStart,
} from "../../../../../canary/analysis/decision/customMetrics";
import { started, T0 } from "../../../../fixtures/analysis/settings";

function metricsOf(analysis: DriverInput["analysis"]) {
    const checked = checkDriverConfig({ analysis });
    assert.ok(checked.ok, JSON.stringify(checked));
    return withResponseSize(checked.config.analysis).metrics;
}

/** The gate after each of the values, a minute apart. */
function gateAfter(dryRun: boolean, canary: readonly number[]) {
    const [metric] = metricsOf({ responseSize: { dryRun } });
    assert.ok(metric);
    const settings = started({});
    const configured = { ...settings, analysis: { ...settings.analysis, metrics: [metric] } };
    let state = metricStart();
    for (const [minute, value] of canary.entries()) {
        const at = T0 + (minute + 1) * 60_000;
        const values = { "response-size": { canary: value, stable: 500, at } };
        state = metricAfter(configured, state, 0, values, { at, since: T0 });
    }
    return metricGate(metric, state);
}

describe("the mean response size", () => {
    it("is read from 2xx responses as the callers' sidecars count them", () => {
        const [metric] = metricsOf({ exclude: ['source_workload="tester"'] });
        assert.ok(metric && "query" in metric);
        const requests =
            'reporter="source",destination_service=~"{{app}}(-{{version}})?[.]{{namespace}}[.]svc[.].+",' +
            'destination_version="{{version}}",response_code=~"2..",source_workload!="tester"';
        assert.equal(
            metric.query,
            `sum(rate(istio_response_bytes_sum{${requests}}[1m])) / ` +
                `(sum(rate(istio_response_bytes_count{${requests}}[1m])) > 0)`,
        );
    });

    it("of empty bodies is told after three minutes, and decides nothing", () => {
        const gate = gateAfter(true, [0, 0, 0]);
        assert.equal(gate.verdict, "fail");
        assert.equal(gate.dryRun, true);
        assert.match(gate.reason, /^dry run, decides nothing: canary 0, stable 500/);
    });

    it("decides with `dryRun: false`: holds, and fails after three minutes", () => {
        assert.equal(gateAfter(false, [0, 0]).verdict, "inconclusive");
        const gate = gateAfter(false, [0, 0, 0]);
        assert.deepEqual([gate.verdict, gate.dryRun], ["fail", undefined]);
    });

    it("is not mentioned if it only reports and the server does not store sizes", () => {
        const [metric] = metricsOf({});
        assert.ok(metric);
        const unknown = { ...metricStart(), problem: "no value" };
        assert.deepEqual(metricGates([metric], [unknown]), []);
        const decides = { ...metric, dryRun: false };
        assert.equal(metricGates([decides], [unknown])[0]?.verdict, "error");
    });

    it("passes down to half of the stable's", () => {
        assert.equal(gateAfter(false, [250, 250, 250]).verdict, "pass");
    });

    it("is not read with `ratio: 0`, and is replaced by a metric of its name", () => {
        assert.deepEqual(metricsOf({ responseSize: { ratio: 0 } }), []);
        const own = { name: "response-size", query: "q", limit: 1 };
        assert.deepEqual(
            metricsOf({ metrics: [own] }).map((one) => "query" in one && one.query),
            ["q"],
        );
    });
});

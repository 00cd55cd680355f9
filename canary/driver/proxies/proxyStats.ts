/** Parses the counters of requests in a proxy's own metrics. */
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import { isFailed } from "../../analysis/counts/failures";
import type { ProxyCounter } from "../../analysis/counts/proxyCounts";
import { countedPorts, hostsOf, type RolloutMetrics } from "../../analysis/counts/queries";
import { slotNamed } from "../../analysis/counts/referencedWorkloads";

/** Where every proxy of Istio serves its metrics, without authentication, outside of the mesh's mTLS. */
export const STATS_PORT = 15_090;

const ISTIO = "istio_requests_total";
/** Istio leaves out these counters of Envoy unless an annotation includes them. They count without Istio's own filter, too. */
const ENVOY = "envoy_cluster_upstream_rq";

/** The path of the metrics, limited to counters of requests by Envoy's own filter, which is a regular expression over raw names. */
export function statsPath({
    app,
    namespace,
    routing,
}: Pick<RolloutMetrics, "app" | "namespace" | "routing">): string {
    const slots = routing === "gateway-api" ? `(-${SLOTS.join("|-")})?` : "";
    const host = `\\|${app}${slots}\\.${namespace}\\.svc`;
    const filter = `${ISTIO}|(inbound\\||${host}).*upstream_rq_[0-9]+$`;
    return `/stats/prometheus?usedonly&filter=${encodeURIComponent(filter)}`;
}

type Labels = Readonly<Record<string, string>>;

/** @returns the version whose requests a series counts; undefined for other series. */
type VersionOf = (name: string, labels: Labels) => Slot | undefined;

/** Requests that a caller's proxy sent to the app, by version. */
export function sentCounters(text: string, rollout: RolloutMetrics): ProxyCounter[] {
    const ports = countedPorts(rollout).map(String);
    const [shared, ...ofSlots] = hostsOf(rollout);
    return counters(text, (name, labels) => {
        if (name === ISTIO) {
            const { reporter, destination_service = "", destination_version = "" } = labels;
            const isOurs =
                reporter === "source" && [shared, ...ofSlots].includes(destination_service);
            return isOurs ? slotNamed(destination_version, rollout.workloads) : undefined;
        }
        const [direction, to, subset = "", service = ""] = (labels.cluster_name ?? "").split("|");
        if (direction !== "outbound" || !ports.includes(to ?? "")) return undefined;
        return SLOTS.find((slot, index) =>
            service === shared ? slot === subset : service === ofSlots[index],
        );
    });
}

/** Requests that a proxy of one version received. Envoy's own counters do not tell to which service they were sent. */
export function receivedCounters(
    text: string,
    version: Slot,
    rollout: RolloutMetrics,
): ProxyCounter[] {
    const hosts = hostsOf(rollout);
    return counters(text, (name, labels) => {
        const isInbound =
            name === ISTIO
                ? labels.reporter === "destination" &&
                  hosts.includes(labels.destination_service ?? "")
                : labels.cluster_name?.startsWith("inbound|");
        return isInbound ? version : undefined;
    });
}

const LINE = new RegExp(`^(${ISTIO}|${ENVOY})\\{(.*)\\} (\\S+)$`, "gm");
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

function counters(text: string, versionOf: VersionOf): ProxyCounter[] {
    const found = [...text.matchAll(LINE)].flatMap(([, name = "", inside = "", value]) => {
        const labels = Object.fromEntries(
            [...inside.matchAll(LABEL)].map(([, label, content]) => [label, content]),
        );
        // Envoy has another series per class of response codes, which counts the same requests.
        if (labels.response_code === undefined) return [];
        const version = versionOf(name, labels);
        const number = Number(value);
        if (version === undefined || !Number.isFinite(number)) return [];
        return [{ name, key: inside, version, failed: isFailed(labels), value: number }];
    });
    // A proxy with both has counted each request twice.
    const name = found.some((one) => one.name === ISTIO) ? ISTIO : ENVOY;
    return found.filter((one) => one.name === name).map(({ name: _, ...counter }) => counter);
}

/** Config: the mean size of successful responses. A canary with empty bodies answers every request with 200. */
import { boolean, doc, integer, mapping, number } from "../../../../rollout/config/fields";
import { opposite } from "../matcher";
import type { CustomMetric, MetricOf } from "../metricConfig";

/** The metric's name in the report. A custom metric with this name replaces it. */
const NAME = "response-size";

export const responseSizeSchema = mapping({
    ratio: doc(
        number(0, 1).default(0.5),
        "Minimum mean size of the canary's 2xx bodies, as a share of the stable's. 0: do not read sizes.",
    ),
    samples: doc(
        integer(1, 1_000).default(3),
        "Number of consecutive minutes below `ratio` after which the driver rolls back.",
    ),
    dryRun: doc(
        boolean().default(true),
        "Whether to report smaller bodies only. `false`: hold while they are smaller, then roll back.",
    ),
});

interface Sizes {
    readonly exclude: readonly string[];
    readonly metrics: CustomMetric[];
    readonly responseSize: { readonly ratio: number; readonly samples: number; dryRun: boolean };
}

/** Whether a metric is this one and only reports. Many servers do not store sizes, which is no news then. */
export function reportsSizes({ name, dryRun }: CustomMetric): boolean {
    return name === NAME && dryRun;
}

/** The metrics that the driver reads: those of the config, and the mean response size. */
export function withResponseSize<Config extends Sizes>(analysis: Config): Config {
    const { exclude, metrics, responseSize } = analysis;
    if (responseSize.ratio === 0 || metrics.some(({ name }) => name === NAME)) return analysis;
    const requests = [
        'reporter="source"',
        // The shared Service; behind an HTTPRoute, the slot's.
        'destination_service=~"{{app}}(-{{version}})?[.]{{namespace}}[.]svc[.].+"',
        'destination_version="{{version}}"',
        'response_code=~"2.."',
        ...exclude.map(opposite),
    ].join(",");
    const rate = (suffix: string) => `sum(rate(istio_response_bytes_${suffix}{${requests}}[1m]))`;
    const metric: MetricOf<"prometheus"> = {
        ...{ name: NAME, kind: "gauge", better: "higher", margin: 0, falseRollback: 0.005 },
        ...responseSize,
        query: `${rate("sum")} / (${rate("count")} > 0)`,
    };
    return { ...analysis, metrics: [...metrics, metric] };
}

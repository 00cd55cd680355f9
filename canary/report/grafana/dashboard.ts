/** The Grafana dashboard of all rollouts. */
import {
    BigValueTextMode,
    LegendDisplayMode,
    ReduceDataOptionsBuilder,
    TooltipDisplayMode,
    VizLegendOptionsBuilder,
    VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
    AnnotationQueryBuilder,
    type Dashboard,
    DashboardBuilder,
    DatasourceVariableBuilder,
    QueryVariableBuilder,
    VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { ofDriver, PANELS, type Panel, type PanelQuery } from "./panels";

/** The same in every version, so that Grafana updates the dashboard; a link to a rollout is `/d/istio-canary?var-namespace=…&var-app=…`. */
const UID = "istio-canary";
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** Grafana's grid has 24 columns: six stats in a row, two graphs. */
const STAT = { width: 4, height: 4 };
const GRAPH = { width: 12, height: 8 };

/** Labels of requests to versions: those of the variables' queries. */
const VERSIONED = 'reporter="source",destination_version=~"v1|v2"';

/** Leaves the app's name of the Service that a slot has behind an HTTPRoute. */
const OWN_SERVICE = "/^(.+?)(?:-v[12])?$/";

const ENDS = 'state=~"rollingBack|rolledBack|promoted|held"';

/** The dashboard's JSON model, for Grafana's import, API or provisioning. The user selects data source and rollout in the dashboard. */
export function dashboard(): Dashboard {
    const builder = new DashboardBuilder("Canary rollouts")
        .uid(UID)
        .tags(["istio-canary"])
        .time({ from: "now-1h", to: "now" })
        .refresh("30s")
        .withVariable(
            new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
        )
        .withVariable(
            variable("namespace", "Namespace", {
                values: `istio_requests_total{${VERSIONED}}`,
                label: "destination_service_namespace",
            }),
        )
        .withVariable(
            variable("app", "App", {
                values: `istio_requests_total{${VERSIONED},destination_service_namespace="$namespace"}`,
                label: "destination_service_name",
            }).regex(OWN_SERVICE),
        )
        .withVariable(
            variable("stack", "Stack", {
                values: 'canary_rollout_info{namespace="$namespace",app="$app"}',
                label: "stack",
            })
                .includeAll(true)
                .allValue(".*"),
        )
        .annotation(
            annotation(
                ["Phases", "blue", "weight {{weight}} %"],
                (offset) => `count_values("weight", ${ofDriver("weight", "", offset)})`,
            ),
        )
        .annotation(
            annotation(
                ["Ends", "red", "{{state}}"],
                (offset) => `(max by (state) (${ofDriver("state", ENDS, offset)}) == 1)`,
            ),
        );
    for (const panel of PANELS) builder.withPanel(built(panel));
    return builder.build();
}

function variable(
    name: string,
    label: string,
    of: { readonly values: string; readonly label: string },
): QueryVariableBuilder {
    return new QueryVariableBuilder(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({ qryType: 1, query: `label_values(${of.values},${of.label})`, refId: name })
        .refresh(VariableRefresh.OnTimeRangeChanged);
}

/** Annotations where a series appears: where it has a value, and had none one step before. */
function annotation(
    [name, color, title]: readonly [string, string, string],
    series: (offset: string) => string,
): AnnotationQueryBuilder {
    return new AnnotationQueryBuilder()
        .name(name)
        .enable(true)
        .iconColor(color)
        .datasource(DATASOURCE)
        .expr(`${series("")} unless ${series(" offset $__interval")}`)
        .titleFormat(title);
}

function built(panel: Panel): StatBuilder | GraphBuilder {
    const { view, title, description, unit, names = false, queries } = panel;
    const made =
        view === "stat"
            ? new StatBuilder()
                  .textMode(names ? BigValueTextMode.Name : BigValueTextMode.ValueAndName)
                  .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
                  .noValue("none")
                  .span(STAT.width)
                  .height(STAT.height)
            : new GraphBuilder()
                  .min(0)
                  .legend(
                      new VizLegendOptionsBuilder()
                          .showLegend(true)
                          .displayMode(LegendDisplayMode.List),
                  )
                  .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
                  .span(GRAPH.width)
                  .height(GRAPH.height);
    made.title(title).description(description).unit(unit).datasource(DATASOURCE);
    for (const [index, query] of queries.entries()) made.withTarget(target(query, index));
    return made;
}

function target({ expr, legend }: PanelQuery, index: number): DataqueryBuilder {
    return new DataqueryBuilder()
        .expr(expr)
        .legendFormat(legend)
        .refId(String.fromCharCode("A".charCodeAt(0) + index))
        .datasource(DATASOURCE);
}

/** The Grafana dashboard of a rollout. */
import {
    LegendDisplayMode,
    TooltipDisplayMode,
    VizLegendOptionsBuilder,
    VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
    type Dashboard,
    DashboardBuilder,
    DatasourceVariableBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { contentHash } from "../../../rollout/config/contentHash";
import type { RolloutMetrics } from "../../analysis/counts/queries";
import { type Panel, panels } from "./panels";

const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** Grafana's grid has 24 columns. */
const HALF = 12;
const HEIGHT = 8;

/** The dashboard's JSON model, for Grafana's import, API or provisioning. The user selects the data source in the dashboard. */
export function dashboard(watched: RolloutMetrics): Dashboard {
    const { app, namespace } = watched;
    const builder = new DashboardBuilder(`Rollout ${namespace}/${app}`)
        .uid(uid(watched))
        .tags(["istio-canary"])
        .time({ from: "now-1h", to: "now" })
        .refresh("30s")
        .withVariable(
            new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
        );
    for (const panel of panels(watched)) builder.withPanel(timeSeries(panel));
    return builder.build();
}

function timeSeries({ title, description, unit, queries }: Panel): PanelBuilder {
    const panel = new PanelBuilder()
        .title(title)
        .description(description)
        .unit(unit)
        .min(0)
        .datasource(DATASOURCE)
        .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List))
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
        .span(HALF)
        .height(HEIGHT);
    queries.forEach(({ expr, legend }, index) => {
        panel.withTarget(
            new DataqueryBuilder()
                .expr(expr)
                .legendFormat(legend)
                .refId(String.fromCharCode("A".charCodeAt(0) + index))
                .datasource(DATASOURCE),
        );
    });
    return panel;
}

/** The same for every export of a rollout, so that Grafana updates its dashboard. Grafana allows at most 40 characters. */
function uid({ app, namespace }: RolloutMetrics): string {
    const name = `rollout-${namespace}-${app}`;
    return name.length <= 40 ? name : `rollout-${contentHash(name)}`;
}

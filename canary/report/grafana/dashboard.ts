/** A rollout's panels as a Grafana dashboard. */
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
import type { Watched } from "../../analysis/counts/queries";
import { type Panel, panels } from "./panels";

const DATASOURCE = { type: "prometheus", uid: "$datasource" };
/** Grafana's grid is 24 wide. */
const HALF = 12;
const HEIGHT = 8;

/** The dashboard's JSON model, for Grafana's import, its API or its provisioning; the data source is chosen in it. */
export function dashboard(watched: Watched): Dashboard {
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

/** The same rollout is the same dashboard; Grafana takes at most 40 characters. */
function uid({ app, namespace }: Watched): string {
    const name = `rollout-${namespace}-${app}`;
    return name.length <= 40 ? name : `rollout-${contentHash(name)}`;
}

// `istio-canary plan`: what a rollout would take, by the traffic there is now.

import { forecast } from "../../analysis/decision/forecast";
import { preflight } from "../../driver/loop/preflight";
import { version } from "../version";
import { metricsPorts, openRollout, systemClock } from "./open";
import { planText } from "./planText";

/** @throws NotReady with every reason why a rollout could not begin. */
export async function plan(stackOption: string | undefined, json: boolean): Promise<string> {
    const opened = await openRollout(stackOption);
    const { engine, mesh, stack } = opened;
    const ports = { clock: systemClock, engine, mesh, metrics: metricsPorts(opened).metrics };
    const { about, stableShare, notes } = await preflight(ports, { stack, toolVersion: version() });
    const found = forecast(about, stableShare);
    return json ? `${JSON.stringify({ ...found, notes })}\n` : planText(about, found, notes);
}

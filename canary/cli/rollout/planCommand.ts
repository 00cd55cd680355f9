// `istio-canary plan`: forecasts a rollout from the current traffic.

import { forecast } from "../../analysis/decision/forecast";
import { preflight } from "../../driver/loop/preflight";
import { systemClock } from "../../driver/systemClock";
import type { RolloutFlags } from "../stackCommand";
import { version } from "../toolVersion";
import { metricsPorts, openRollout } from "./open";
import { planText } from "./planText";

/** @throws NotReady with every reason why the rollout cannot begin. */
export async function plan(flags: RolloutFlags, json: boolean): Promise<string> {
    const opened = await openRollout(flags);
    const { engine, mesh, stack } = opened;
    const ports = { clock: systemClock, engine, mesh, metrics: metricsPorts(opened).metrics };
    const identity = { stack, toolVersion: version() };
    const { started, stableShare, notes } = await preflight(ports, identity);
    const found = forecast(started, stableShare);
    return json ? `${JSON.stringify({ ...found, notes })}\n` : planText(started, found, notes);
}

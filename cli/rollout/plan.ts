// `canary plan`: what a rollout would take, by the traffic there is now.
import { prometheusMetrics } from "../../driver/metrics";
import { preflight } from "../../driver/preflight";
import { forecast } from "../../rollout/forecast";
import { version } from "../version";
import { openRollout, systemClock } from "./open";
import { planText } from "./planText";

/** @throws NotReady with every reason why a rollout could not begin. */
export async function plan(stackOption: string | undefined, json: boolean): Promise<string> {
    const { config, engine, mesh, place, stack } = await openRollout(stackOption);
    const { rollout, driver } = config;
    const watched = {
        ...place,
        port: rollout.port,
        stable: rollout.stable,
        canary: rollout.canary,
    };
    const metrics = prometheusMetrics(driver.prometheus, watched, driver.analysis, systemClock);
    const ports = { clock: systemClock, engine, mesh, metrics };
    const { about, stableShare, notes } = await preflight(ports, { stack, toolVersion: version() });
    const found = forecast(about, stableShare);
    return json ? `${JSON.stringify({ ...found, notes })}\n` : planText(about, found, notes);
}

// A row of the table: a shape of traffic, the settings of the rollout, and the result that is right.
import type { DriverInput } from "../../../../canary/analysis/config/driverConfig";
import type { Draw } from "../random";
import type { Shape } from "./model/shape";

export interface Row {
    /** Unique; seeds the row's random draws. */
    readonly name: string;
    /** Drawn anew for each rollout. */
    readonly shape: (draw: Draw) => Shape;
    /** Keys that differ from {@link SETTINGS}. A revision that does not know a key ignores it. */
    readonly analysis?: Readonly<Record<string, unknown>>;
    /** Default: 10, 25, 50, 100. */
    readonly ladder?: readonly number[];
    /** Whether latency is simulated and judged. Default: false. */
    readonly latency?: boolean;
    /** Seconds that the rollout is paused at its first weight before it begins. Default: 0. */
    readonly hold?: number;
    /** Seconds after which a rollout that has not ended counts as held. */
    readonly horizon: number;
    /** Default: 200. */
    readonly repetitions?: number;
    readonly limit: Limit;
}

/** What is right; all given bounds must hold. */
export interface Limit {
    /** Bounds of the shares that are rolled back and promoted, 0–1. */
    readonly backAtMost?: number;
    readonly backAtLeast?: number;
    readonly promotedAtLeast?: number;
    /** Most median seconds. */
    readonly seconds?: number;
    /** Most median seconds until the promotion, as a multiple of another row's, which comes earlier. */
    readonly secondsOf?: { readonly row: string; readonly factor: number };
    /** Most failed requests, as a multiple of another row's, which comes earlier. */
    readonly failedOf?: { readonly row: string; readonly factor: number };
    /** Most failed requests beyond the stable's, mean. */
    readonly failed?: number;
    /** No worse than before: share rolled back, and failed requests (10 % and one request are allowed for chance). */
    readonly noWorse?: true;
}

export const REPETITIONS = 200;
export const LADDER: readonly number[] = [10, 25, 50, 100];

/** A shorter bake than the default, so that most rollouts end within minutes. */
export const SETTINGS: DriverInput["analysis"] = { bake: "1m" };

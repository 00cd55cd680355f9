// The analysis of two revisions side by side: the working tree's, and a Git revision's, extracted to a cache.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Analysis } from "../../../../canary/analysis/config/analysis";
import type * as DriverConfig from "../../../../canary/analysis/config/driverConfig";
import type * as Baseline from "../../../../canary/analysis/counts/baseline";
import type * as Counters from "../../../../canary/analysis/counts/counters";
import type { Window } from "../../../../canary/analysis/counts/observation";
import type * as AnalysisState from "../../../../canary/analysis/decision/analysisState";
import type * as Decide from "../../../../canary/analysis/decision/decide";
import type * as ProbeWeight from "../../../../canary/analysis/decision/probeWeight";
import type * as RolloutSettings from "../../../../canary/analysis/decision/rolloutSettings";
import type * as Statistics from "../../../../canary/analysis/statistics";
import type * as Values from "../../../../canary/driver/prometheus/values";
import type { Slot } from "../../../../rollout/config/slots";
import { CHECKOUT } from "../../../checkout";

/** The last commit with the former decision. */
export const DEFAULT_REVISION = "a762c2b";

/** What the simulated driver calls. */
export type AnalysisCode = Pick<typeof DriverConfig, "checkDriverConfig"> &
    Pick<typeof Baseline, "durationHistogram" | "podCounts" | "measuredRate"> &
    Pick<typeof Counters, "observe" | "secondsBack"> &
    Pick<typeof AnalysisState, "startState" | "enterPhase" | "startClock"> &
    Pick<typeof Decide, "decide"> &
    Pick<typeof ProbeWeight, "planWeights"> &
    Pick<typeof RolloutSettings, "nextWeight" | "weightToCompareAt"> &
    Pick<typeof Statistics, "dispersion" | "latencyBounds"> &
    Pick<typeof Values, "seriesOf"> & {
        /** Not in every revision. */
        readonly isDue?: (
            last: {
                readonly sampledAt: number;
                readonly sources: readonly string[];
                readonly scrapeMs: number | undefined;
            },
            sources: readonly string[],
            interval: number,
            now: number,
        ) => boolean;
        /** Not in every revision: the settings that the baseline gives. */
        readonly measureBaseline?: (
            window: Window,
            stable: Slot,
            analysis: Analysis,
        ) => Pick<RolloutSettings.RolloutSettings, "bounds" | "dispersion" | "rate">;
    };

const MODULES = [
    "analysis/config/driverConfig",
    "analysis/counts/baseline",
    "analysis/counts/counters",
    "analysis/decision/analysisState",
    "analysis/decision/decide",
    "analysis/decision/probeWeight",
    "analysis/decision/rolloutSettings",
    "analysis/statistics/index",
    "driver/prometheus/values",
];

/** Modules that not every revision has. */
const NEWER = ["analysis/counts/due", "analysis/decision/measureBaseline"];

/** @param root folder that contains `canary` and `rollout` */
export function analysisCode(root: string): AnalysisCode {
    const file = (name: string) => path.join(root, "canary", name);
    const newer = NEWER.filter((name) => existsSync(`${file(name)}.ts`));
    return Object.assign({}, ...[...MODULES, ...newer].map((name) => ({ ...require(file(name)) })));
}

/** The working tree's folder. */
export const WORKING_TREE = CHECKOUT;

/**
 * Extracts a revision below `node_modules`, where its imports find the packages. A revision is extracted once.
 * @returns its folder
 * @throws Error if Git does not have the revision
 */
export function extractRevision(revision: string): string {
    const git = (...args: string[]) =>
        execFileSync("git", args, { cwd: CHECKOUT, maxBuffer: 2 ** 28 });
    const commit = git("rev-parse", "--verify", `${revision}^{commit}`).toString().trim();
    const cache = path.join(CHECKOUT, "node_modules", ".cache", "bench-shapes");
    const folder = path.join(cache, commit);
    if (existsSync(folder)) return folder;
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    const archive = git("archive", commit, "canary/analysis", "canary/driver", "rollout");
    execFileSync("tar", ["-x", "-C", partial], { input: archive });
    writeFileSync(path.join(partial, "package.json"), '{ "type": "commonjs" }\n');
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return folder;
}

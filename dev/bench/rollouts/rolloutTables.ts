// The tables and plots of a run: what each tool did in each scenario, and ours as a share of each other's.
import type { Plot } from "../harness/plot";
import type { Table } from "../harness/results";
import type { Scenario } from "./faultScenarios";
import { badOf } from "./figures";
import type { LaneResult } from "./lane";

interface Known {
    readonly id: string;
    readonly title: string;
    readonly settings: string;
}

const find = (all: readonly LaneResult[], tool: string, scenario: string) =>
    all.find((one) => one.tool === tool && one.scenario === scenario);

const WORDS = {
    promoted: "promoted",
    rolledBack: "rolled back",
    held: "held",
    error: "did not run",
} as const;

/** What users saw of a bad version. */
export function badTable(
    results: readonly LaneResult[],
    all: readonly Known[],
    scenarios: readonly Scenario[],
): Table {
    const bad = scenarios.filter(({ healthy }) => !healthy);
    const tools = all.filter(({ id }) =>
        bad.some((scenario) => find(results, id, scenario.id) !== undefined),
    );
    const rows = bad.map((scenario) => [
        `${scenario.id} ${scenario.title}`,
        ...tools.map(({ id }) => badCell(find(results, id, scenario.id))),
    ]);
    return {
        title: "A bad version",
        columns: ["scenario", ...tools.map(({ title }) => title)],
        rows,
        note: `Outcome; seconds from the first request that the new version got to the last; bad answers that users got (failed, or slow in S4). After a promotion they go on: what is counted is until the tool said that it was done. ${tools.map(({ title, settings }) => `${title}: ${settings}`).join("; ")}.`,
    };
}

function badCell(result: LaneResult | undefined): string {
    if (result === undefined) return "–";
    if (result.outcome === "error") return WORDS.error;
    return `${WORDS[result.outcome]}, ${seconds(result.exposed)}, ${badOf(result)}${result.outcome === "rolledBack" ? "" : " and on"}`;
}

/** What a version that is well went through. */
export function healthyTable(
    all: readonly LaneResult[],
    tools: readonly Known[],
    scenarios: readonly Scenario[],
): Table {
    const rows = scenarios
        .filter(({ healthy }) => healthy)
        .flatMap((scenario) =>
            tools.flatMap(({ id, title }) => {
                const one = find(all, id, scenario.id);
                if (one === undefined) return [];
                return [
                    [
                        `${scenario.id} ${scenario.title}`,
                        title,
                        WORDS[one.outcome],
                        seconds(one.ended),
                        seconds(one.toFirst),
                        String(one.failed + one.failedByStable),
                        String(one.podsStarted),
                        one.back === undefined ? "–" : seconds(one.back.seconds),
                        one.back === undefined ? "–" : String(one.back.failed),
                    ],
                ];
            }),
        );
    return {
        title: "A version that is well",
        columns: [
            "scenario",
            "tool",
            "outcome",
            "release to end",
            "release to first request",
            "failed requests",
            "pods started",
            "way back",
            "failed then",
        ],
        rows,
        note: "A rollback is a false alarm; every failed request is the tool's own. Way back: from asking for it after the promotion to the new version's last request.",
    };
}

export interface Aim {
    readonly scenario: string;
    /** The tool that ours is compared with. */
    readonly with: string;
    /** Ours / the other's bad answers, at most. */
    readonly most: number;
}

/** Issue 7's: ≤ 20 % of published settings at 5 % errors, ≤ 10 % at 20 % and more; ≤ 50 % of the fastest. */
export const AIMS: readonly Aim[] = [
    ...["S1", "S5", "S6", "S16"].flatMap((scenario) => [
        { scenario, with: "flagger-readme", most: 0.1 },
        { scenario, with: "flagger-tutorial", most: 0.1 },
        { scenario, with: "flagger-fast", most: 0.5 },
    ]),
    { scenario: "S2", with: "flagger-readme", most: 0.2 },
    { scenario: "S2", with: "flagger-tutorial", most: 0.2 },
    { scenario: "S2", with: "flagger-fast", most: 0.5 },
];

/** Bad answers with ours, as a share of those with another. */
export function aimsTable(all: readonly LaneResult[], tools: readonly Known[]): Table {
    const rows = AIMS.flatMap(({ scenario, with: other, most }) => {
        const [mine, theirs] = [find(all, "ours", scenario), find(all, other, scenario)];
        const title = tools.find(({ id }) => id === other)?.title ?? other;
        if (mine === undefined || theirs === undefined || theirs.outcome === "error") return [];
        const share = badOf(mine) / badOf(theirs);
        const kept = mine.outcome === "rolledBack" && share <= most;
        const percent = Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";
        const numbers = [String(badOf(mine)), String(badOf(theirs)), percent];
        return [[scenario, title, ...numbers, `≤ ${100 * most} %`, kept ? "yes" : "no"]];
    });
    return {
        title: "Bad answers with ours, as a share of another's",
        columns: ["scenario", "against", "ours", "theirs", "share", "aim", "kept"],
        rows,
    };
}

/** Per scenario with a bad version: what users got of it, and for how long it was among them. */
export function plots(
    results: readonly LaneResult[],
    all: readonly Known[],
    scenarios: readonly Scenario[],
): Plot[] {
    const bad = scenarios.filter(({ healthy }) => !healthy);
    const tools = all.filter(({ id }) =>
        bad.some((scenario) => find(results, id, scenario.id) !== undefined),
    );
    const bars = (title: string, name: string, of: (one: LaneResult) => number): Plot => ({
        title,
        kind: "bar",
        x: { name: "scenario" },
        y: { name, log: true },
        series: tools.map((tool) => ({
            name: tool.title,
            points: bad.map(({ id }) => {
                const one = find(results, tool.id, id);
                // A logarithm has no 0.
                return [id, one === undefined ? null : Math.max(1, of(one))] as const;
            }),
        })),
    });
    return tools.length === 0
        ? []
        : [
              bars("Bad answers that users got", "bad answers", badOf),
              bars(
                  "From the first request that the bad version got to its last",
                  "seconds",
                  ({ exposed = 0 }) => exposed,
              ),
          ];
}

function seconds(value: number | undefined): string {
    return value === undefined ? "–" : `${value.toFixed(1)} s`;
}

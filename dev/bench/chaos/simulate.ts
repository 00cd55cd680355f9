// One seed, from its beginning to the end of its rollout.
import { lastRollout } from "./driver";
import { checkEnd, UnsafeWatch } from "./invariants";
import { People } from "./people";
import { type Bug, type Scenario, scenarioOf } from "./scenario";
import { World } from "./world";

export interface Simulated {
    readonly seed: number;
    /** `none` if the rollout has not ended. */
    readonly outcome: string;
    readonly violations: readonly string[];
    readonly trace: readonly string[];
    /** Virtual seconds. */
    readonly seconds: number;
    readonly processes: number;
    readonly faults: number;
    /** Weights of the route, in order. */
    readonly weights: readonly number[];
    /** The longest time of an unsafe weight without outages, as a part of its bound. */
    readonly unsafe: number;
}

export interface SimulationOptions {
    readonly bug?: Bug;
    readonly isTraced?: boolean;
}

/** Every rollout must end within this time. */
const LIVENESS_MS = 45 * 60_000;

export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Simulated> {
    const scenario = scenarioOf(seed);
    const result = await simulateScenario(scenario, options);
    if (!scenario.isCrashOnly || scenario.crashes.length === 0) return result;
    const whole = await simulateScenario({ ...scenario, crashes: [] }, {});
    const isEqual =
        result.outcome === whole.outcome &&
        `${taken(result, scenario)}` === `${taken(whole, scenario)}`;
    if (isEqual || result.violations.length > 0) return result;
    const text = `resume: ${result.outcome} by ${result.weights}, uninterrupted ${whole.outcome} by ${whole.weights}`;
    return { ...result, violations: [text] };
}

/**
 * The weights in the order in which each was first set. Whether the driver retreats from 100 % before it rolls back depends on when
 * it looks, and the probe's weight on the request rate that it measured before the rollout.
 */
function taken({ weights }: Simulated, { ladder }: Scenario): number[] {
    return [...new Set(weights)].filter((weight) => weight === 0 || ladder.includes(weight));
}

async function simulateScenario(
    scenario: Scenario,
    { bug, isTraced = false }: SimulationOptions,
): Promise<Simulated> {
    const world = new World(scenario, bug, isTraced);
    const people = new People(world);
    const isOver = () => people.isOver || world.violations.length > 0;
    const watch = new UnsafeWatch(world, isOver);
    people.begin();
    watch.begin();
    await world.scheduler.run(isOver, LIVENESS_MS);
    if (world.violations.length === 0) {
        if (people.isOver) checkEnd(world);
        else world.violate("liveness: the rollout has not ended");
    }
    const outcome = world.violations.some((one) => one.startsWith("journal"))
        ? "none"
        : (lastRollout(world)?.ended?.outcome ?? "none");
    return {
        seed: scenario.seed,
        outcome,
        violations: world.violations,
        trace: world.trace,
        seconds: world.now / 1_000,
        processes: world.processes,
        faults: world.outages.length,
        weights: world.route.map(({ after }) => after),
        unsafe: watch.longest,
    };
}

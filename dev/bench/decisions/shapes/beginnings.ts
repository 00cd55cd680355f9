// A pool of beginnings of a row: ten minutes of baseline, the settings measured from them, and the hold if there is one.
import { type Draw, drawFrom } from "../random";
import {
    arrivalOf,
    type Driver,
    drive,
    hold,
    type Judge,
    milliseconds,
    type Outcome,
    readOf,
} from "./drive";
import { DEFAULTS } from "./model/shape";
import { forget, windowOf } from "./model/window";
import { advance, newWorld, type World, writeWeight } from "./model/world";
import type { AnalysisCode } from "./revision";
import type { Row } from "./row";
import { seedOf } from "./seeds";
import { measure } from "./settings";

/** Seconds over which the driver measures the stable. */
const BASELINE = 600;

export interface Beginning {
    readonly world: World;
    readonly driver: Driver;
    /** If the rollout ended during the hold. */
    readonly outcome?: Outcome;
}

export function beginningOf(code: AnalysisCode, row: Row, index: number): Beginning {
    const draw = drawFrom(seedOf(row.name, "beginning", index));
    const shape = row.shape(draw);
    const { scrape = DEFAULTS.scrape } = shape;
    const start = -(row.hold ?? 0);
    const world = newWorld(shape, start - BASELINE, row.latency ?? false, draw);
    advance(world, shape, start, draw);
    const window = windowOf(world, start - BASELINE, start, readOf(code, shape));
    const { settings, cursors } = measure(code, row, window, milliseconds(start));
    forget(world, start - 70);
    const [weight = 100] = settings.ladder;
    writeWeight(world, weight);
    const driver: Driver = {
        settings,
        cursors,
        state: code.startState(settings, weight, milliseconds(start)),
        polling: {
            sampledAt: Number.NEGATIVE_INFINITY,
            sources: [],
            counted: world.sources.map(({ scraped }) => scraped),
        },
        weight,
        arrival: arrivalOf(world, start, scrape),
        startedAt: start,
    };
    if (row.hold === undefined) return { world, driver };
    const outcome = hold({ code, row, shape, world, driver, draw }, row.hold);
    world.excess = 0;
    return { world, driver, ...(outcome && { outcome }) };
}

export function rolloutFrom(
    { world, driver, outcome }: Beginning,
    code: AnalysisCode,
    row: Row,
    draw: Draw,
    judge?: Judge,
): Outcome {
    if (outcome !== undefined) return outcome;
    const shape = row.shape(draw);
    const copy = structuredClone({ world, driver });
    return drive({ code, row, shape, draw, judge, ...copy });
}

/** The driver: takes a rollout through its weights, looks at every scrape, and goes back when the evidence says so. */

import type { Decision } from "../../analysis/decision/decision";
import {
    milliseconds,
    nextWeight,
    weightToCompareAt,
} from "../../analysis/decision/rolloutSettings";
import { driftIn } from "../../analysis/record/drift";
import type { Control, Started } from "../../analysis/record/record";
import type { GateAnswer } from "../ports";
import { type Ended, mustGoOn, type Progress, type Run, show } from "./context";
import { awaitRouting, settle, shift } from "./phase";
import { rollBack } from "./rollback";
import { look, nextLookAt } from "./sample";

/** How often people's wishes are asked for, and whether there is a new scrape once there may be one. */
const CONTROL_MS = 1_000;
const POLL_MS = 1_000;

/** What the next step is. */
type Next =
    | { readonly step: "look" }
    | { readonly step: "shift"; readonly weight: number }
    | { readonly step: "end"; readonly ended: Ended };

const LOOK: Next = { step: "look" };

/**
 * Runs a rollout to its end.
 * @param pending a weight that a driver before this one had begun with.
 * @throws Stopped when the process is told to stop, or the Lease is lost: nothing has ended.
 */
export async function run(context: Run, pending?: number): Promise<Ended> {
    return finish(context, await toTheEnd(context, pending));
}

/** Of a rollout that begins. */
export function freshProgress({ weight, cursors }: Started): Progress {
    return {
        state: undefined,
        cursors,
        weight,
        paused: false,
        approved: new Set(),
        answers: new Map(),
        hurried: false,
        routing: undefined,
        arrival: undefined,
        lookedAt: 0,
        sources: [],
        scrapeMs: undefined,
    };
}

/** Puts the end on record and tells it. */
export async function finish(context: Run, ended: Ended): Promise<Ended> {
    const { ports, about, progress } = context;
    await ports.journal.append({ type: "ended", ...ended });
    await show(context, ended.outcome, ended.reason);
    const { weight } = progress;
    ports.notifier.send(ended.outcome, { id: about.id, weight, reason: ended.reason });
    return ended;
}

async function toTheEnd(context: Run, pending: number | undefined): Promise<Ended> {
    const { progress } = context;
    let next: Next;
    if (pending !== undefined) next = { step: "shift", weight: pending };
    else if (progress.state !== undefined) next = resumeLooking(context);
    else next = await fromTheStart(context);
    for (;;) {
        mustGoOn(context);
        if (next.step === "end") return next.ended;
        if (next.step === "shift") {
            next = await taken(context, next.weight);
            continue;
        }
        next = await looked(context);
        if (next.step === "look") next = await waited(context, untilNext(context));
    }
}

/** Callers may not have had the weight when the driver before this one died. */
function resumeLooking(context: Run): Next {
    const { phase } = context.progress.state ?? {};
    if (phase !== undefined && phase.routedAt === undefined) {
        awaitRouting(context, phase.weight, phase.since);
    }
    return LOOK;
}

/** A scrape is looked at as soon as Prometheus has it; when that is, the scrapes before it tell. */
function untilNext(context: Run): number {
    const { about, ports } = context;
    const poll = Math.min(POLL_MS, milliseconds(about.analysis.interval));
    return Math.max(poll, nextLookAt(context) - ports.clock.now());
}

/** A weight that a hand has set is looked at as it is; from 0 the first weight is taken, once its gates are open. */
async function fromTheStart(context: Run): Promise<Next> {
    const { about, progress, ports } = context;
    if (progress.weight > 0) {
        awaitRouting(context, progress.weight, ports.clock.now());
        await progress.routing;
        await settle(context);
        return LOOK;
    }
    const [first = 100] = about.ladder;
    for (;;) {
        mustGoOn(context);
        const closed = await gates(context, "before", first);
        if (closed === undefined) return { step: "shift", weight: first };
        if (closed.step === "end") return closed;
        const next = await waited(context, milliseconds(about.analysis.interval));
        if (next.step === "end") return next;
    }
}

async function taken(context: Run, weight: number): Promise<Next> {
    const { progress } = context;
    const result = await shift(context, weight);
    if (result.ok) return LOOK;
    const reason = `weight ${weight} was not taken: ${result.reason}`;
    // What was refused has changed nothing: the weight stays, for a person to mend what is wrong.
    if (result.why === "refused") return end("held", reason);
    if (result.why === "locked" && progress.weight === 0) return end("held", reason);
    return back(context, reason);
}

async function looked(context: Run): Promise<Next> {
    const drifted = await drift(context);
    if (drifted !== undefined) return drifted;
    await settle(context);
    const decision = await look(context);
    if (decision === undefined) return LOOK;
    await show(context, context.progress.paused ? "paused" : "running", decision.reason);
    return act(context, decision);
}

async function act(context: Run, decision: Decision): Promise<Next> {
    const { about, progress, ports } = context;
    const { weight } = progress;
    const failed = decision.gates.some(
        ({ verdict, gate }) => verdict === "fail" && gate !== "time",
    );
    // A pause stops the clock's rollbacks, not those on evidence.
    if (decision.action === "rollback" && (failed || !progress.paused)) {
        return back(context, decision.reason);
    }
    const below = decision.action === "retreat" ? weightToCompareAt(about) : undefined;
    if (below !== undefined) return { step: "shift", weight: below };
    if (progress.paused) return LOOK;
    const onwards = decision.action === "advance" || decision.action === "promote";
    if (!onwards && !progress.hurried) {
        await requestLoad(context, decision);
        return LOOK;
    }
    const after = await gates(context, "after", weight);
    if (after !== undefined) return after;
    const next = nextWeight(about, weight);
    if (next === undefined) return end("promoted", decision.reason);
    const before = await gates(context, "before", next);
    if (before !== undefined) return before;
    ports.notifier.send("verdict", { id: about.id, weight, reason: decision.reason });
    return { step: "shift", weight: next };
}

/** Undefined when all gates are open. */
async function gates(
    context: Run,
    when: "before" | "after",
    weight: number,
): Promise<Next | undefined> {
    const { ports, progress, about } = context;
    const answers = await ports.gates.ask(when, weight, progress.approved.has(weight));
    for (const answer of answers) await noted(context, when, weight, answer);
    const failed = answers.find(({ verdict }) => verdict === "fail");
    if (failed !== undefined) {
        const reason = `gate ${failed.gate} ${when} weight ${weight}: ${failed.reason}`;
        return progress.weight === 0 ? end("held", reason) : back(context, reason);
    }
    const open = answers.find(({ verdict }) => verdict !== "pass");
    if (open === undefined) return undefined;
    const reason = `waiting for gate ${open.gate} ${when} weight ${weight}: ${open.reason}`;
    await show(context, "waiting", reason);
    ports.notifier.send("waiting", { id: about.id, weight, reason });
    return LOOK;
}

async function requestLoad(context: Run, decision: Decision): Promise<void> {
    const scarce = decision.gates.find(
        ({ gate, verdict }) => gate === "traffic" && verdict === "inconclusive",
    );
    if (scarce === undefined) return;
    const { weight } = context.progress;
    const answers = await context.ports.gates.requestLoad(weight, scarce.reason);
    for (const answer of answers) await noted(context, "before", weight, answer);
}

/** Puts an answer on record where it is not the one before. */
async function noted(
    { ports, progress }: Run,
    when: "before" | "after",
    weight: number,
    answer: GateAnswer,
): Promise<void> {
    const key = `${when} ${weight} ${answer.gate}`;
    const last = progress.answers.get(key);
    if (last?.verdict === answer.verdict && last.reason === answer.reason) return;
    progress.answers.set(key, answer);
    await ports.journal.append({ type: "gate", weight, when, ...answer });
}

/** Stops the rollout where somebody else has set the weight: both values are told, and nobody's is overwritten. */
async function drift(context: Run): Promise<Next | undefined> {
    const { ports, about, progress } = context;
    let found: ReturnType<typeof driftIn>;
    try {
        const [written, config] = await Promise.all([
            ports.mesh.written(),
            ports.engine.configuredWeight(),
        ]);
        found = driftIn({
            wanted: progress.weight,
            canary: about.canary,
            written,
            configured: config,
        });
    } catch (error) {
        const text = `Whether the weight is still ${progress.weight} could not be seen: ${message(error)}`;
        await ports.journal.append({ type: "note", text });
        return undefined;
    }
    if (found === undefined) return undefined;
    await ports.journal.append({ type: "drift", ...found });
    const reason = `the weight in the ${found.where} is ${found.found}, the driver's is ${found.wanted}: somebody else has set it, and it stays as it is`;
    return end("held", reason);
}

/** Sleeps until the next look; does what people ask for meanwhile. */
async function waited(context: Run, interval: number): Promise<Next> {
    const { ports } = context;
    const until = ports.clock.now() + interval;
    for (;;) {
        mustGoOn(context);
        for (const { control, by } of await wishes(context)) {
            await ports.journal.append({ type: "control", control, by });
            const next = await obeyed(context, control, by);
            if (next !== undefined) return next;
        }
        const left = until - ports.clock.now();
        const { hurried, arrival } = context.progress;
        if (left <= 0 || hurried || arrival !== undefined) return LOOK;
        await ports.clock.sleep(Math.min(CONTROL_MS, left), context.signal);
    }
}

async function wishes({ ports }: Run) {
    try {
        return await ports.lease.controls();
    } catch {
        // The API server gave no answer; the Lease tells when that lasts too long.
        return [];
    }
}

async function obeyed(context: Run, control: Control, by: string): Promise<Next | undefined> {
    const { progress, about } = context;
    switch (control) {
        case "pause":
            progress.paused = true;
            return undefined;
        case "resume":
            progress.paused = false;
            return undefined;
        case "approve":
            progress.approved.add(nextWeight(about, progress.weight) ?? 100);
            return undefined;
        case "promote":
            progress.hurried = true;
            return LOOK;
        case "rollback":
            return back(context, `${by} asked for it`);
        case "hold":
            return end("held", `${by} asked for it`);
    }
}

async function back(context: Run, reason: string): Promise<Next> {
    const { ended, weight } = await rollBack(context, reason);
    context.progress.weight = weight;
    return { step: "end", ended };
}

function end(outcome: Ended["outcome"], reason: string): Next {
    return { step: "end", ended: { outcome, reason } };
}

function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

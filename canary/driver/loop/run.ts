/** The driver: steps a rollout through its weights, samples every scrape, and rolls back on evidence. */

import type { Decision } from "../../analysis/decision/decision";
import {
    milliseconds,
    nextWeight,
    weightToCompareAt,
} from "../../analysis/decision/rolloutSettings";
import { driftIn } from "../../analysis/record/drift";
import type { Control } from "../../analysis/record/record";
import { gateKey, unwrittenWeight } from "../../analysis/record/reduce";
import { errorMessage } from "../../analysis/text";
import type { GateAnswer } from "../ports";
import { type Ended, type Run, throwIfStopped } from "./context";
import { recordPropagation, updateToWeight, watchPropagation } from "./phase";
import { ProxyWatch } from "./proxyWatch";
import { rollBack } from "./rollback";
import { faultReason } from "./routeReason";
import { poll, untilNextSample } from "./sample";

/** How often the driver reads commands. */
const CONTROL_MS = 1_000;
/** How often the driver polls Prometheus once a new scrape is due. */
const POLL_MS = 1_000;
/** How long a rollout waits to begin while another update of the stack runs. */
const LONGEST_LOCK_MS = 15 * 60_000;

type Next =
    | { readonly step: "poll" }
    /** `isResumed`: a driver that died had begun this update. */
    | { readonly step: "update"; readonly weight: number; readonly isResumed?: boolean }
    | { readonly step: "end"; readonly ended: Ended };

const POLL: Next = { step: "poll" };

/**
 * Runs a rollout to its end, starting from the status of its log.
 * @throws Stopped if the process must stop, or the Lease is lost; the rollout has then not ended.
 */
export async function run(context: Run): Promise<Ended> {
    const watch = ProxyWatch.start(context);
    context.polling.alarm = watch.alarm;
    try {
        return await finish(context, await runToEnd(context, watch));
    } finally {
        watch.stop();
    }
}

/** Records the end and sends the notification. */
export async function finish({ log, ports }: Run, ended: Ended): Promise<Ended> {
    const { outcome, reason } = ended;
    await log.append({ type: "ended", outcome, reason });
    const { started, writtenWeight: weight } = log.status;
    ports.notifier.send(outcome, { id: started.id, weight, reason });
    return ended;
}

async function runToEnd(context: Run, watch: ProxyWatch): Promise<Ended> {
    let next = await firstStep(context);
    for (;;) {
        throwIfStopped(context);
        const seen = next.step === "end" ? undefined : await watch.take();
        if (seen !== undefined) {
            const { reason } = seen.verdict;
            // An unfinished update leaves a weight that nobody else has written.
            const isUnfinished = unwrittenWeight(context.log.status) !== undefined;
            const drifted = isUnfinished ? undefined : await checkDrift(context);
            next = drifted ?? (await endByRollback(context, reason));
        }
        switch (next.step) {
            case "end":
                return next.ended;
            case "update":
                next = await setWeight(context, next.weight, next.isResumed);
                break;
            case "poll":
                next = await sampleAndAct(context);
                if (next.step === "poll") {
                    next = await waitForNextSample(context, untilNextPoll(context));
                }
        }
    }
}

async function firstStep(context: Run): Promise<Next> {
    const { status } = context.log;
    const unwritten = unwrittenWeight(status);
    if (unwritten !== undefined) return { step: "update", weight: unwritten, isResumed: true };
    const phase = status.analysis?.phase;
    if (phase === undefined) return begin(context);
    // Propagation may have been incomplete when the previous driver died.
    if (phase.routedAt === undefined) watchPropagation(context, phase.weight, phase.since);
    return POLL;
}

/** A weight above 0 that is already set becomes the first phase. At 0, sets the first weight once its gates pass. */
async function begin(context: Run): Promise<Next> {
    const { log, polling, ports } = context;
    const { started, writtenWeight } = log.status;
    if (writtenWeight > 0) {
        watchPropagation(context, writtenWeight, ports.clock.now());
        await polling.propagation;
        await recordPropagation(context);
        return POLL;
    }
    const [first = 100] = started.ladder;
    for (;;) {
        throwIfStopped(context);
        const closed = await askGates(context, "before", first);
        if (closed === undefined) return { step: "update", weight: first };
        if (closed.step === "end") return closed;
        const next = await waitForNextSample(context, milliseconds(started.analysis.interval));
        if (next.step === "end") return next;
    }
}

/** Milliseconds until Prometheus should have the next scrape, as predicted from the previous ones. */
function untilNextPoll(context: Run): number {
    const interval = milliseconds(context.log.status.started.analysis.interval);
    return Math.max(Math.min(POLL_MS, interval), untilNextSample(context));
}

async function setWeight(context: Run, weight: number, isResumed = false): Promise<Next> {
    const result = await updateToWeight(context, weight);
    if (result.ok || result.why === "overtaken") {
        context.polling.lockedBy = undefined;
        return POLL;
    }
    const reason = `weight ${weight} was not set: ${result.reason}`;
    if (isResumed && (await isRouteChanged(context))) return endByRollback(context, reason);
    if (result.why === "locked" && !isResumed) return postpone(context, weight, result.reason);
    // A refusal has changed nothing: keep the weight until a person fixes the cause.
    if (result.why === "refused") return end("held", reason);
    if (result.why === "locked" && context.log.status.writtenWeight === 0) {
        return end("held", reason);
    }
    return endByRollback(context, reason);
}

/** The canary keeps its weight while another update of the stack runs, and is judged meanwhile. The next pass tries again. */
async function postpone(context: Run, weight: number, reason: string): Promise<Next> {
    const { log, polling, ports } = context;
    if (unwrittenWeight(log.status) !== undefined) {
        await log.append({ type: "phase", weight, step: "postponed", notes: [reason] });
    } else if (reason !== polling.lockedBy) await log.append({ type: "note", text: reason });
    polling.lockedBy = reason;
    const { started, analysis } = log.status;
    if (analysis !== undefined) return POLL;
    // There is nothing to judge before the first weight.
    polling.lockedSince ??= ports.clock.now();
    if (ports.clock.now() - polling.lockedSince > LONGEST_LOCK_MS) {
        return end("held", `weight ${weight} was not set: ${reason}`);
    }
    const next = await waitForNextSample(context, milliseconds(started.analysis.interval));
    return next.step === "end" ? next : { step: "update", weight };
}

/** Whether the driver that died had already written another weight. */
async function isRouteChanged({ ports, log }: Run): Promise<boolean> {
    const { started, writtenWeight } = log.status;
    try {
        const written = await ports.mesh.written();
        return written?.shares[started.canary] !== writtenWeight;
    } catch {
        // Weight 0 is the only weight that is safe in either case.
        return true;
    }
}

async function sampleAndAct(context: Run): Promise<Next> {
    const drifted = await checkDrift(context);
    if (drifted !== undefined) return drifted;
    await recordPropagation(context);
    const { alarm } = context.polling;
    const signal = alarm === undefined ? context.signal : AbortSignal.any([context.signal, alarm]);
    const decision = await poll({ ...context, signal });
    return decision === undefined ? POLL : act(context, decision);
}

async function act(context: Run, decision: Decision): Promise<Next> {
    const { ports, log } = context;
    const { started, writtenWeight: weight, paused, skipWait } = log.status;
    const failed = decision.gates.some(
        ({ verdict, gate, dryRun }) => verdict === "fail" && gate !== "time" && dryRun !== true,
    );
    // A pause suspends rollbacks on time limits, not rollbacks on evidence.
    if (decision.action === "rollback" && (failed || !paused)) {
        return endByRollback(context, decision.reason);
    }
    const below = decision.action === "retreat" ? weightToCompareAt(started) : undefined;
    if (below !== undefined) return { step: "update", weight: below };
    if (paused) return POLL;
    const passed = decision.action === "advance" || decision.action === "promote";
    if (!passed && !skipWait) {
        notifyOfDeadline(context, decision);
        await requestLoad(context, decision);
        return POLL;
    }
    const after = await askGates(context, "after", weight);
    if (after !== undefined) return after;
    const next = nextWeight(started, weight);
    if (next === undefined) return end("promoted", decision.reason);
    const before = await askGates(context, "before", next);
    if (before !== undefined) return before;
    ports.notifier.send("verdict", { id: started.id, weight, reason: decision.reason });
    return { step: "update", weight: next };
}

/** Asks a person to decide; the notifier sends it once per weight. */
function notifyOfDeadline({ ports, log }: Run, { action, gates }: Decision): void {
    if (action !== "hold" || !gates.some(({ gate }) => gate === "time")) return;
    const { started, writtenWeight: weight } = log.status;
    const reason = `the deadline of ${started.analysis.deadline} has passed, and the canary is no worse than the stable. To decide, run \`istio-canary promote\`, \`hold\` or \`rollback\``;
    ports.notifier.send("waiting", { id: started.id, weight, reason });
}

/** @returns undefined if all gates pass. */
async function askGates(
    context: Run,
    when: "before" | "after",
    weight: number,
): Promise<Next | undefined> {
    const { ports, log } = context;
    const { started, approved, writtenWeight } = log.status;
    const answers = await ports.gates.ask(when, weight, approved.includes(weight));
    for (const answer of answers) {
        // A sample without a pass in between has ended the state `waiting`.
        const isShown = answer.verdict === "pass" || log.status.waiting;
        await recordGate(context, when, weight, answer, isShown);
    }
    const failed = answers.find(({ verdict }) => verdict === "fail");
    if (failed !== undefined) {
        const reason = `gate ${failed.gate} ${when} weight ${weight}: ${failed.reason}`;
        return writtenWeight === 0 ? end("held", reason) : endByRollback(context, reason);
    }
    const open = answers.find(({ verdict }) => verdict !== "pass");
    if (open === undefined) return undefined;
    const reason = `gate ${open.gate} ${when} weight ${weight}: ${open.reason}`;
    ports.notifier.send("waiting", { id: started.id, weight: writtenWeight, reason });
    return POLL;
}

async function requestLoad(context: Run, decision: Decision): Promise<void> {
    const scarce = decision.gates.find(
        ({ gate, verdict }) => gate === "traffic" && verdict === "inconclusive",
    );
    if (scarce === undefined) return;
    const weight = context.log.status.writtenWeight;
    const answers = await context.ports.gates.requestLoad(weight, scarce.reason);
    for (const answer of answers) await recordGate(context, "before", weight, answer);
}

/** Records an answer, unless it repeats the last one and the status still shows that. */
async function recordGate(
    { log }: Run,
    when: "before" | "after",
    weight: number,
    answer: GateAnswer,
    isShown = true,
): Promise<void> {
    const record = { type: "gate", weight, when, ...answer } as const;
    const last = log.status.gates[gateKey(record)];
    const isRepeated = last?.verdict === answer.verdict && last.reason === answer.reason;
    if (isRepeated && isShown) return;
    await log.append(record);
}

/** Ends the rollout if somebody else has changed the weight. Leaves both values, and names them in the reason. */
async function checkDrift({ ports, log }: Run): Promise<Next | undefined> {
    const { started, writtenWeight: wanted } = log.status;
    let found: ReturnType<typeof driftIn>;
    let fault: string | undefined;
    try {
        const [written, configured] = await Promise.all([
            ports.mesh.written(),
            ports.engine.configuredWeight(),
        ]);
        found = driftIn({ wanted, canary: started.canary, written, configured });
        fault = faultReason(written);
    } catch (error) {
        const text = `Could not check whether the weight is still ${wanted}: ${errorMessage(error)}`;
        await log.append({ type: "note", text });
        return undefined;
    }
    if (found === undefined) return fault === undefined ? undefined : end("held", fault);
    await log.append({ type: "drift", ...found });
    const reason = `the weight in the ${found.where}: expected ${found.wanted}, got ${found.found}. Somebody else changed it; the driver leaves it unchanged`;
    return end("held", reason);
}

/** Sleeps until the next sample is due; applies commands meanwhile. */
async function waitForNextSample(context: Run, interval: number): Promise<Next> {
    const { ports, log, polling } = context;
    const until = ports.clock.elapsed() + interval;
    for (;;) {
        throwIfStopped(context);
        for (const { id, control, by } of await readControls(context)) {
            await log.append({ type: "control", control, by });
            ports.lease.recorded(id);
            const next = await applyControl(context, control, by);
            if (next !== undefined) return next;
        }
        const left = until - ports.clock.elapsed();
        const { arrival, alarm = context.signal } = polling;
        if (left <= 0 || arrival !== undefined || alarm.aborted) return POLL;
        const either = AbortSignal.any([context.signal, alarm]);
        await ports.clock.sleep(Math.min(CONTROL_MS, left), either);
    }
}

async function readControls({ ports }: Run) {
    try {
        return await ports.lease.controls();
    } catch {
        // The API server did not answer. If that lasts too long, the Lease is lost.
        return [];
    }
}

/** @returns undefined if recording the command is enough. */
async function applyControl(context: Run, control: Control, by: string): Promise<Next | undefined> {
    switch (control) {
        case "approve":
        case "pause":
        case "resume":
            return undefined;
        case "promote":
            return POLL;
        case "rollback":
            return endByRollback(context, `requested by ${by}`);
        case "hold":
            return end("held", `requested by ${by}`);
    }
}

async function endByRollback(context: Run, reason: string): Promise<Next> {
    return { step: "end", ended: await rollBack(context, reason) };
}

function end(outcome: Ended["outcome"], reason: string): Next {
    return { step: "end", ended: { outcome, reason } };
}

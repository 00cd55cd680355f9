/** The gates of a stack's config: what must hold beside the evidence before a phase begins or ends. */
import type { GateConfig } from "../../analysis/config/gateConfig";
import type { GateAnswer, Gates } from "../ports";
import { scheduleAt, timeText } from "./schedule";
import { type Webhook, type WebhookOptions, webhookAsker } from "./webhook";

export interface GatesOptions extends WebhookOptions {
    readonly gates: readonly GateConfig[];
}

/**
 * Gates that ask nobody (approval, schedule) come first: webhooks are called only once those pass, so that none of them starts work for a
 * phase that nobody has approved. Every gate is asked anew each time: all of them must pass at once. Never rejects.
 */
export function createGates(options: GatesOptions): Gates {
    const { gates, clock, interval } = options;
    const ask = webhookAsker(options);
    const asked = new Map<Webhook, { at: number; answer: GateAnswer }>();

    async function load(gate: Webhook, weight: number, reason: string): Promise<GateAnswer> {
        const last = asked.get(gate);
        const at = clock.now();
        // Two looks are never an interval apart to the millisecond.
        if (last !== undefined && at - last.at < interval * 0.9) return last.answer;
        const answer = await ask(gate, { when: "load", weight, reason });
        asked.set(gate, { at, answer });
        return answer;
    }

    return {
        async ask(when, weight, approved) {
            const due = gates.filter((gate) => isDue(gate, when, weight));
            const here = due.flatMap((gate) => {
                if (gate.type === "approval") return [approval(gate.name, weight, approved)];
                if (gate.type === "schedule") return [schedule(gate, clock.now())];
                return [];
            });
            if (here.some(({ verdict }) => verdict !== "pass")) return here;
            const webhooks = due.filter((gate) => gate.type === "webhook");
            const there = webhooks.map((gate) => ask(gate, { when, weight }));
            return [...here, ...(await Promise.all(there))];
        },
        async requestLoad(weight, reason) {
            const generators = gates.filter((gate) => gate.type === "load");
            return Promise.all(generators.map((gate) => load(gate, weight, reason)));
        },
    };
}

/** Approvals and schedules are asked before a phase; a load generator is no gate. */
function isDue(gate: GateConfig, when: "before" | "after", weight: number): boolean {
    if (gate.type === "load") return false;
    if (when !== (gate.type === "webhook" ? gate.when : "before")) return false;
    return gate.phases?.includes(weight) ?? true;
}

// Reasons say nothing that changes from look to look: the journal keeps an answer when it is another one.

function approval(gate: string, weight: number, approved: boolean): GateAnswer {
    return approved
        ? { gate, verdict: "pass", reason: `weight ${weight} was approved` }
        : { gate, verdict: "waiting", reason: `weight ${weight} needs \`istio-canary approve\`` };
}

function schedule(
    { name, windows, timeZone }: Extract<GateConfig, { type: "schedule" }>,
    now: number,
): GateAnswer {
    const { open, until } = scheduleAt(windows, timeZone, now);
    const when = timeText(until, timeZone);
    return open
        ? { gate: name, verdict: "pass", reason: `open until ${when}` }
        : { gate: name, verdict: "waiting", reason: `closed; opens ${when}` };
}

/** The gates of a stack's config: conditions besides the evidence, before a phase begins or ends. */
import type { GateConfig } from "../../analysis/config/gateConfig";
import type { GateAnswer, Gates } from "../ports";
import { scheduleAt, zonedTime } from "./schedule";
import { type Webhook, type WebhookOptions, webhookAsker } from "./webhook";

export interface GatesOptions extends WebhookOptions {
    readonly gates: readonly GateConfig[];
}

/**
 * Approvals and schedules come first. Webhooks are called only once those pass, so that no webhook starts work for an unapproved
 * phase. Every gate is asked again each time, because all must pass at once. Never rejects.
 */
export function createGates(options: GatesOptions): Gates {
    const { gates, clock, interval } = options;
    const ask = webhookAsker(options);
    const answers = new Map<Webhook, { at: number; answer: GateAnswer }>();

    async function load(gate: Webhook, weight: number, reason: string): Promise<GateAnswer> {
        const last = answers.get(gate);
        const at = clock.now();
        // Samples are never exactly one interval apart.
        if (last !== undefined && at - last.at < interval * 0.9) return last.answer;
        const answer = await ask(gate, { when: "load", weight, reason });
        answers.set(gate, { at, answer });
        return answer;
    }

    return {
        async ask(when, weight, approved) {
            const due = gates.filter((gate) => isDue(gate, when, weight));
            const local = due.flatMap((gate) => {
                if (gate.type === "approval") return [approval(gate.name, weight, approved)];
                if (gate.type === "schedule") return [schedule(gate, clock.now())];
                return [];
            });
            if (local.some(({ verdict }) => verdict !== "pass")) return local;
            const webhooks = due.filter((gate) => gate.type === "webhook");
            const remote = webhooks.map((gate) => ask(gate, { when, weight }));
            return [...local, ...(await Promise.all(remote))];
        },
        async requestLoad(weight, reason) {
            const generators = gates.filter((gate) => gate.type === "load");
            return Promise.all(generators.map((gate) => load(gate, weight, reason)));
        },
    };
}

/** Approvals and schedules apply before a phase. A load generator is not a gate. */
function isDue(gate: GateConfig, when: "before" | "after", weight: number): boolean {
    if (gate.type === "load") return false;
    if (when !== (gate.type === "webhook" ? gate.when : "before")) return false;
    return gate.phases?.includes(weight) ?? true;
}

// Reasons must not change between polls, because the journal records every answer that differs from the last.

function approval(gate: string, weight: number, approved: boolean): GateAnswer {
    return approved
        ? { gate, verdict: "pass", reason: `weight ${weight} was approved` }
        : {
              gate,
              verdict: "waiting",
              reason: `weight ${weight} needs an approval: run \`istio-canary approve\``,
          };
}

function schedule(
    { name, windows, timeZone }: Extract<GateConfig, { type: "schedule" }>,
    now: number,
): GateAnswer {
    const { open, until } = scheduleAt(windows, timeZone, now);
    const when = zonedTime(until, timeZone);
    return open
        ? { gate: name, verdict: "pass", reason: `open until ${when}` }
        : { gate: name, verdict: "waiting", reason: `closed; opens ${when}` };
}

// `istio-canary dashboard` and `istio-canary alerts`: a Grafana dashboard for all rollouts, and Prometheus alerts for one.

import { type Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { unwatchableReason } from "../analysis/config/watchable";
import {
    type AlertOptions,
    alertRules,
    DEFAULT_ALERTS,
    prometheusRule,
} from "../report/grafana/alerts";
import { readTarget } from "./project";
import { addRolloutCommand, type RolloutFlags } from "./stackCommand";

// Loaded by the command, so that --help is fast.
const loadDashboard = (): typeof import("../report/grafana/dashboard") =>
    require("../report/grafana/dashboard");

interface AlertFlags extends AlertOptions, RolloutFlags {
    readonly format: "rules" | "manifest";
}

export function addMonitoringCommands(program: Command): void {
    program
        .command("dashboard")
        .description("Print a Grafana dashboard (JSON) for all rollouts.")
        .action(() => {
            const { dashboard } = loadDashboard();
            process.stdout.write(`${JSON.stringify(dashboard(), null, 4)}\n`);
        });
    addRolloutCommand(
        program,
        "alerts",
        "Print Prometheus alert rules for the stack's rollout. They fit every weight.",
    )
        .addOption(
            new Option(
                "--format <format>",
                "output format: a Prometheus rules file, or a PrometheusRule manifest",
            )
                .choices(["rules", "manifest"])
                .default("rules"),
        )
        .option("--window <duration>", "time window of each rate", time, DEFAULT_ALERTS.window)
        .option(
            "--error-margin <share>",
            "alert if the canary's failed share exceeds the stable's by this much (0 to 1)",
            share,
            DEFAULT_ALERTS.errorMargin,
        )
        .option(
            "--slow-factor <factor>",
            "alert if the canary's p99 latency exceeds the stable's by this factor",
            factor,
            DEFAULT_ALERTS.slowFactor,
        )
        .option(
            "--stuck-after <duration>",
            "alert if both versions get requests for longer than this",
            time,
            DEFAULT_ALERTS.stuckAfter,
        )
        .addHelpText(
            "after",
            `
The rules depend on which version is the canary: print and apply them again after a promotion.

Example:
  npx istio-canary alerts --format manifest | kubectl apply -f -`,
        )
        .action(async ({ stack, rollout, format, ...options }: AlertFlags) => {
            const target = await watchableTarget({ stack, rollout });
            const make = format === "rules" ? alertRules : prometheusRule;
            process.stdout.write(stringify(make(target, options), { lineWidth: 0 }));
        });
}

async function watchableTarget(flags: RolloutFlags) {
    const target = await readTarget(flags);
    const reason = unwatchableReason(target);
    if (reason !== undefined) throw new Error(reason);
    return target;
}

/** A duration in Prometheus' syntax: integers, largest unit first. */
function time(text: string): string {
    if (!/^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/.test(text) || !/[1-9]/.test(text)) {
        throw new InvalidArgumentError('Expected a duration such as "5m" or "1h30m".');
    }
    return text;
}

function share(text: string): number {
    return numberIn(text, 0, 1, "a share from 0 to 1, such as 0.01");
}

function factor(text: string): number {
    return numberIn(text, 1, 1_000, "a factor of at least 1, such as 1.5");
}

function numberIn(text: string, min: number, max: number, what: string): number {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max)) throw new InvalidArgumentError(`Expected ${what}.`);
    return number;
}

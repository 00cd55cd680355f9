// `istio-canary dashboard` and `istio-canary alerts`: what to watch a rollout with, made of its stack's config.

import { type Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { unwatchable } from "../analysis/config/watchable";
import {
    type AlertOptions,
    alertRules,
    DEFAULT_ALERTS,
    prometheusRule,
} from "../report/grafana/alerts";
import { stackConfigOf } from "./project";

// Loaded by the command that needs it, like the sandbox.
const load = (): typeof import("../report/grafana/dashboard") =>
    require("../report/grafana/dashboard");

interface AlertFlags extends AlertOptions {
    readonly stack?: string;
    readonly format: "rules" | "manifest";
}

export function addObservabilityCommands(canary: Command): void {
    canary
        .command("dashboard")
        .description("Print a Grafana dashboard of the stack's rollout: the same in every phase.")
        .option("-s, --stack <name>", "unless given, the selected one")
        .action(async ({ stack }: { stack?: string }) => {
            const config = await watchable(stack);
            const { dashboard } = load();
            process.stdout.write(`${JSON.stringify(dashboard(config), null, 4)}\n`);
        });
    canary
        .command("alerts")
        .description("Print Prometheus alert rules of the stack's rollout, at its weight.")
        .option("-s, --stack <name>", "unless given, the selected one")
        .addOption(
            new Option("--format <format>", "a rules file, or a PrometheusRule for its operator")
                .choices(["rules", "manifest"])
                .default("rules"),
        )
        .option("--window <duration>", "that rates are taken over", time, DEFAULT_ALERTS.window)
        .option(
            "--error-margin <share>",
            "of failed requests that the canary may have above the stable's",
            share,
            DEFAULT_ALERTS.errorMargin,
        )
        .option(
            "--slow-factor <factor>",
            "that the canary's p99 may be above the stable's",
            factor,
            DEFAULT_ALERTS.slowFactor,
        )
        .option(
            "--stuck-after <duration>",
            "that a weight from 1 to 99 may stay",
            time,
            DEFAULT_ALERTS.stuckAfter,
        )
        .addHelpText(
            "after",
            `
Make them anew after each phase: two of them know the weight.

Example:
  npx istio-canary alerts --format manifest | kubectl apply -f -`,
        )
        .action(async ({ stack, format, ...options }: AlertFlags) => {
            const config = await watchable(stack);
            const make = format === "rules" ? alertRules : prometheusRule;
            process.stdout.write(stringify(make(config, options), { lineWidth: 0 }));
        });
}

async function watchable(stack: string | undefined) {
    const config = await stackConfigOf(stack);
    const reason = unwatchable(config);
    if (reason !== undefined) throw new Error(`istio-canary:${reason}`);
    return config;
}

/** As Prometheus writes durations: whole numbers, the largest unit first. */
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

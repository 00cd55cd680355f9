// `istio-canary plan|run|status|approve|pause|resume|promote|rollback`: a rollout through its ladder, by the driver.
import { type Command, InvalidArgumentError } from "commander";
import type { Outcome } from "../main";
import type { Status } from "./control";
import type { RunFlags } from "./run";

// Loaded by the command that needs them: Pulumi's and Kubernetes' libraries take a second each.
const loadRun = (): typeof import("./run") => require("./run");
const loadPlan = (): typeof import("./plan") => require("./plan");
const loadControl = (): typeof import("./control") => require("./control");

interface Flags {
    readonly stack?: string;
    readonly json: boolean;
}

const WISHES = [
    ["approve", "Let the rollout go on to the next weight, where a gate waits for a person."],
    ["pause", "Keep the weight; only evidence against the canary still takes it back."],
    ["resume", "Go on after a pause."],
] as const;

export function addRolloutCommands(canary: Command, outcome: Outcome): void {
    command(canary, "plan", "Say what a rollout would take and risk; change nothing.")
        .addHelpText("after", "\nExit codes: 0 it could begin, 2 it could not.")
        .action(async (flags: Flags) => say(await loadPlan().plan(flags.stack, flags.json)));
    addRun(canary, outcome);
    command(canary, "status", "Say how the rollout stands, from anywhere.").action(
        async ({ stack, json }: Flags) => {
            const found = await loadControl().status(stack);
            say(json ? `${JSON.stringify(found)}\n` : statusText(found));
        },
    );
    for (const [wish, description] of WISHES) {
        command(canary, wish, description).action(async ({ stack, json }: Flags) => {
            const text = await loadControl().ask(stack, wish);
            say(json ? `${JSON.stringify({ control: wish, text })}\n` : `${text}\n`);
        });
    }
    command(
        canary,
        "promote",
        "Go on to the next weight now; at 100 %, where no driver runs, swap the roles.",
    )
        .addHelpText("after", "\nExit codes: 0 done, 1 refused by a rule, 2 could not run.")
        .action(async ({ stack, json }: Flags) => {
            answer(outcome, json, "promote", await loadControl().promoteCommand(stack));
        });
    command(canary, "rollback", "Weight 0, now: by the driver that runs, or without one.")
        .option("--emergency", "write the VirtualService directly if the engine cannot run", false)
        .addHelpText("after", "\nExit codes: 0 done or asked, 1 not done, 2 could not run.")
        .action(async ({ stack, json, emergency }: Flags & { emergency: boolean }) => {
            answer(
                outcome,
                json,
                "rollback",
                await loadControl().rollbackCommand(stack, emergency),
            );
        });
}

function command(canary: Command, name: string, description: string): Command {
    return canary
        .command(name)
        .description(description)
        .option("-s, --stack <name>", "unless given, the selected one")
        .option("--json", "for programs", false);
}

function addRun(canary: Command, outcome: Outcome): void {
    command(canary, "run", "Take the canary up the ladder on evidence, and back on evidence.")
        .option("--resume", "go on with the rollout whose driver was stopped or killed", false)
        .option("--emergency", "write the VirtualService directly if the engine cannot run", false)
        .option("--metrics-port <port>", "serve the driver's own metrics", port)
        .option("--metrics-host <address>", "where to serve them", "127.0.0.1")
        .addHelpText(
            "after",
            `
Each phase is a previewed, policy-checked pulumi up with the next weight. What it does, and why, is in
.canary/<stack>/<id>.jsonl; istio-canary report makes a page of it.

Examples:
  npx istio-canary plan                     what it would take
  npx istio-canary run                      from here to 100 %, or back to 0
  npx istio-canary run --resume             after the driver was killed
  npx istio-canary pause                    from another terminal, or another machine

Ctrl-C asks; a second one holds or rolls back, as canary:analysis.onInterrupt says. SIGTERM stops the driver for --resume.
Exit codes: 0 promoted, 1 rolled back, held or stopped, 2 could not begin.`,
        )
        .action(async (flags: RunFlags) => {
            outcome.exitCode = await loadRun().runCommand(flags);
        });
}

function answer(
    outcome: Outcome,
    json: boolean,
    control: string,
    { exitCode, text }: { readonly exitCode: number; readonly text: string },
): void {
    outcome.exitCode = exitCode;
    say(json ? `${JSON.stringify({ control, exitCode, text })}\n` : `${text}\n`);
}

function statusText({ namespace, app, stack, weight, driver }: Status): string {
    const { configured, written } = weight;
    const same = configured === written;
    const lines = [
        `${namespace}/${app} (stack ${stack})`,
        `  weight  ${configured}${same ? "" : ` in the config, ${written} in the VirtualService`}`,
        `  driver  ${driver?.live ? `${driver.holder}, seen ${driver.age} s ago` : "none runs"}`,
    ];
    if (driver?.status !== undefined) {
        const { id, state, reason } = driver.status;
        lines.push(`  rollout ${id}: ${state}`, `          ${reason}`);
    }
    for (const { control, by } of driver?.waiting ?? [])
        lines.push(`  asked   ${control} by ${by}`);
    return `${lines.join("\n")}\n`;
}

function say(text: string): void {
    process.stdout.write(text);
}

function port(text: string): number {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(number >= 0 && number <= 65_535))
        throw new InvalidArgumentError("Expected a port, 0 to 65535.");
    return number;
}

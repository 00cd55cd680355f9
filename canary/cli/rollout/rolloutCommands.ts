// `istio-canary plan|run|status|approve|pause|resume|promote|rollback`.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "../exitCode";
import { addJsonCommand, type JsonFlags } from "../stackCommand";
import type { CommandResult } from "./control";
import type { RunFlags } from "./runCommand";

// Loaded on demand, because Pulumi's and Kubernetes' libraries take a second each.
const loadRun = (): typeof import("./runCommand") => require("./runCommand");
const loadPlan = (): typeof import("./planCommand") => require("./planCommand");
const loadStatus = (): typeof import("./status") => require("./status");
const loadControl = (): typeof import("./control") => require("./control");

const CONTROLS = [
    ["approve", "Approve the next weight, if an approval gate waits for it."],
    ["pause", "Stay at the current weight. The driver still rolls back a failing canary."],
    ["resume", "Continue a paused rollout."],
] as const;

export function addRolloutCommands(program: Command, exit: ExitCode): void {
    addJsonCommand(
        program,
        "plan",
        "Forecast how long a rollout takes and what a fault costs. Changes nothing.",
    )
        .addHelpText("after", "\nExit codes: 0 the rollout can begin, 2 it cannot.")
        .action(async (flags: JsonFlags) => print(await loadPlan().plan(flags, flags.json)));
    addRun(program, exit);
    addJsonCommand(
        program,
        "status",
        "Show the weight, the driver, and the driver's last decision; a line for each of several rollouts.",
    )
        .addOption(
            new Option("-w, --watch", "follow one rollout until it ends, from any machine")
                .default(false)
                .conflicts("json"),
        )
        .addHelpText(
            "after",
            "\nExit codes: 0 shown; with --watch 0 promoted, 1 rolled back, held or not finished, 2 could not run.",
        )
        .action(async (flags: JsonFlags & { watch: boolean }) => {
            const { readStatus, statusText, watchStatus } = loadStatus();
            if (flags.watch) {
                exit.code = await watchStatus(flags);
                return;
            }
            const all = await readStatus(flags);
            // An object for one rollout, a list for several.
            const json = () => `${JSON.stringify(all.length === 1 ? all[0] : all)}\n`;
            print(flags.json ? json() : statusText(all));
        });
    for (const [control, description] of CONTROLS) {
        addJsonCommand(program, control, description).action(async (flags: JsonFlags) => {
            const text = await loadControl().sendControl(flags, control);
            print(flags.json ? `${JSON.stringify({ control, text })}\n` : `${text}\n`);
        });
    }
    addJsonCommand(
        program,
        "promote",
        "Advance to the next weight now. Without a driver, at 100 %: swap stable and canary.",
    )
        .addHelpText(
            "after",
            "\nExit codes: 0 done or sent to the driver, 1 refused by a rule, 2 could not run.",
        )
        .action(async (flags: JsonFlags) => {
            printResult(exit, flags.json, "promote", await loadControl().promoteCommand(flags));
        });
    addJsonCommand(program, "rollback", "Set weight 0 now, with or without a driver.")
        .option("--emergency", "if Pulumi cannot run, end once the route has weight 0", false)
        .addHelpText(
            "after",
            "\nExit codes: 0 rolled back or sent to the driver, 1 rollback failed, 2 could not run.",
        )
        .action(async (flags: JsonFlags & { emergency: boolean }) => {
            const result = await loadControl().rollbackCommand(flags, flags.emergency);
            printResult(exit, flags.json, "rollback", result);
        });
}

function addRun(program: Command, exit: ExitCode): void {
    addJsonCommand(
        program,
        "run",
        "Run a rollout: raise the weight while the canary is healthy, otherwise roll back.",
    )
        .option("--resume", "continue a rollout after its driver was stopped or killed", false)
        // Of earlier releases. Every rollback now patches the VirtualService.
        .addOption(new Option("--emergency").hideHelp())
        .option("--metrics-port <port>", "serve the driver's own metrics on this port", port)
        .option("--metrics-host <address>", "listen address for --metrics-port", "127.0.0.1")
        .addHelpText(
            "after",
            `
Each phase is a \`pulumi up\` with the next weight, after a preview with the
policy pack. The driver records every decision in .canary/<stack>/<id>.jsonl;
\`istio-canary report\` turns the record into a page.

Examples:
  npx istio-canary plan            how long the rollout would take
  npx istio-canary run             up to 100 %, or back to 0
  npx istio-canary run --resume    continue after the driver was killed
  npx istio-canary pause           from another terminal, or another machine

Signals:
  Ctrl-C   ask whether to roll back, hold or continue; a second Ctrl-C holds
           or rolls back, as set in canary:analysis.onInterrupt
  SIGTERM  stop the driver; continue with --resume

Exit codes: 0 promoted, 1 rolled back, held or stopped, 2 could not begin.`,
        )
        .action(async (flags: RunFlags) => {
            exit.code = await loadRun().runCommand(flags);
        });
}

function printResult(
    exit: ExitCode,
    json: boolean,
    control: string,
    { exitCode, text }: CommandResult,
): void {
    exit.code = exitCode;
    print(json ? `${JSON.stringify({ control, exitCode, text })}\n` : `${text}\n`);
}

function print(text: string): void {
    process.stdout.write(text);
}

function port(text: string): number {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= 0 && number <= 65_535) return number;
    throw new InvalidArgumentError("Expected a port from 0 to 65535.");
}

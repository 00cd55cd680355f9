// `istio-canary report` and `istio-canary history`, from the journals of rollouts.
import { type Command, Option } from "commander";
import {
    addJsonCommand,
    addRolloutCommand,
    type JsonFlags,
    type RolloutFlags,
} from "../stackCommand";
import { journalsOf } from "./journalsOf";
import { FORMATS, type ReportFormat } from "./reportFormat";

// Loaded by the command, so that --help is fast.
const loadReport = (): typeof import("./writeReport") => require("./writeReport");
const loadHistory = (): typeof import("./history") => require("./history");

interface ReportFlags extends RolloutFlags {
    readonly format: ReportFormat;
    readonly output?: string;
}

export function addReportCommands(program: Command): void {
    addRolloutCommand(
        program,
        "report",
        "Write a report of a rollout: weights, failures, evidence, and every decision.",
    )
        .argument("[id]", "rollout id, from `istio-canary history` (default: the latest)")
        .addOption(
            new Option(
                "--format <format>",
                "output format: a page, JSON, or a comment for a pull request",
            )
                .choices(FORMATS)
                .default("html"),
        )
        .option("-o, --output <file>", "file to write (default: stdout)")
        .addHelpText(
            "after",
            `
Examples:
  npx istio-canary report --output report.html
  npx istio-canary report --format markdown | gh pr comment --body-file -
  npx istio-canary report web-20261121T131200Z --format json | jq .total

Exit codes: 0 written, 2 could not run.`,
        )
        .action(async (id: string | undefined, { format, output, ...flags }: ReportFlags) => {
            // An id names its rollout.
            const place = await journalsOf(flags, id === undefined ? "one" : "all");
            await loadReport().writeReport(place, id, format, output);
        });
    addJsonCommand(program, "history", "List the rollouts of a stack, newest first.")
        .addHelpText(
            "after",
            `
Example:
  npx istio-canary history --stack prod --json | jq '.[] | select(.outcome == "rolledBack")'

Exit codes: 0 listed, 2 could not run.`,
        )
        .action(async ({ json, ...flags }: JsonFlags) => {
            const place = await journalsOf(flags, "all");
            const { history, historyText } = loadHistory();
            const rollouts = await history(place);
            const text = json
                ? `${JSON.stringify(rollouts, undefined, 2)}\n`
                : historyText(rollouts, place.stack);
            process.stdout.write(text);
        });
}

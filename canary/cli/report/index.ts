// `istio-canary report` and `istio-canary history`: what rollouts did, from the journals that their drivers kept.
import { type Command, Option } from "commander";
import { PROJECT_DIRECTORY, selectedStack } from "../project";
import { FORMATS, type ReportFormat } from "./format";

// Loaded when it is asked for: `canary --help` answers at once.
const loadReport = (): typeof import("./report") => require("./report");
const loadHistory = (): typeof import("./history") => require("./history");

interface ReportFlags {
    readonly stack?: string;
    readonly format: ReportFormat;
    readonly output?: string;
}

export function addReportCommands(canary: Command): void {
    canary
        .command("report")
        .description("Write what a rollout did: weights, failures, evidence, every decision.")
        .argument(
            "[id]",
            "of the rollout, from `istio-canary history`; unless given, the stack's last",
        )
        .option("-s, --stack <name>", "unless given, the selected one")
        .addOption(
            new Option("--format <format>", "a page, a pull request's comment, or for programs")
                .choices(FORMATS)
                .default("html"),
        )
        .option("-o, --output <file>", "unless given, stdout")
        .addHelpText(
            "after",
            `
Examples:
  npx istio-canary report --output report.html
  npx istio-canary report --format markdown | gh pr comment --body-file -
  npx istio-canary report web-20261121T131200Z --format json | jq .total

Exit codes: 0 written, 2 could not run.`,
        )
        .action(async (id: string | undefined, { stack, format, output }: ReportFlags) => {
            const place = { project: PROJECT_DIRECTORY, stack: stack ?? (await selectedStack()) };
            await loadReport().writeReport(place, id, format, output);
        });
    canary
        .command("history")
        .description("List the rollouts of a stack, the newest first.")
        .option("-s, --stack <name>", "unless given, the selected one")
        .option("--json", "for programs")
        .addHelpText(
            "after",
            `
Example:
  npx istio-canary history --stack prod --json | jq '.[] | select(.outcome == "rolledBack")'

Exit codes: 0 listed, 2 could not run.`,
        )
        .action(async ({ stack, json }: { stack?: string; json?: boolean }) => {
            const place = { project: PROJECT_DIRECTORY, stack: stack ?? (await selectedStack()) };
            const { history, historyText } = loadHistory();
            const rollouts = await history(place);
            const text = json
                ? `${JSON.stringify(rollouts, undefined, 2)}\n`
                : historyText(rollouts, place.stack);
            process.stdout.write(text);
        });
}

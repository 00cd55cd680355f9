// `istio-canary check`: runs the policy pack's rules on YAML files, for kubectl, Helm, Argo CD and CI.
import { type Command, Option } from "commander";
import type { ExitCode } from "../exitCode";
import type { CheckOptions } from "./check";
import { FORMATS } from "./checkFormat";

// Loaded on demand, so that --help is fast.
const load = (): typeof import("./check") => require("./check");

export function addCheckCommand(program: Command, exit: ExitCode): void {
    program
        .command("check")
        .description("Check Kubernetes and Istio manifests against the rules of the policy pack.")
        .argument("<files...>", "YAML or JSON files; - reads stdin")
        .addOption(
            new Option("--format <format>", "output format").choices(FORMATS).default("text"),
        )
        .option("--config <file>", "rule levels and options, as for --policy-pack-config")
        .option("-C, --cwd <dir>", "run in another directory")
        .addHelpText(
            "after",
            `
All files are checked together, as one program.

Examples:
  npx istio-canary check shop/*.yaml
  helm template shop ./chart | npx istio-canary check -
  npx istio-canary check --format sarif shop.yaml > findings.sarif

Exit codes: 0 no mandatory findings, 1 mandatory findings, 2 could not run.`,
        )
        .action(async (files: string[], options: CheckOptions) => {
            const { output, refused } = await load().check(files, options);
            process.stdout.write(output);
            if (refused) exit.code = 1;
        });
}

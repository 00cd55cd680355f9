// `istio-canary check`: the policy pack's rules on plain YAML, for kubectl, Helm, Argo CD and CI.
import { type Command, Option } from "commander";
import type { Outcome } from "../main";
import type { CheckOptions } from "./check";
import { FORMATS } from "./format";

// Loaded when it is asked for: `canary --help` answers at once.
const load = (): typeof import("./check") => require("./check");

export function addCheckCommand(canary: Command, outcome: Outcome): void {
    canary
        .command("check")
        .description("Judge Kubernetes and Istio manifests by the rules of the policy pack.")
        .argument("<files...>", "YAML or JSON files with any number of objects; - is stdin")
        .addOption(new Option("--format <format>", "output").choices(FORMATS).default("text"))
        .option("--config <file>", "levels and options of rules, as for --policy-pack-config")
        .addHelpText(
            "after",
            `
All files are judged together, as one program.

Examples:
  npx istio-canary check shop/*.yaml
  helm template shop ./chart | npx istio-canary check -
  npx istio-canary check --format sarif shop.yaml > findings.sarif

Exit codes: 0 nothing refused, 1 refused, 2 could not run.`,
        )
        .action(async (files: string[], options: CheckOptions) => {
            const { output, refused } = await load().check(files, options);
            process.stdout.write(output);
            if (refused) outcome.exitCode = 1;
        });
}

// `istio-canary check`: runs the policy pack's rules on YAML files, for kubectl, Helm, Argo CD and CI.
import { type Command, Option } from "commander";
import { PRESETS } from "../../../rollout/rules/rule";
import type { ExitCode } from "../exitCode";
import type { CheckOptions } from "./check";
import { FORMATS } from "./checkFormat";

// Loaded on demand, so that --help is fast.
const load = (): typeof import("./check") => require("./check");

export function addCheckCommand(program: Command, exit: ExitCode): void {
    program
        .command("check")
        .description("Check Kubernetes and Istio manifests against the rules of the policy pack.")
        .argument("[files...]", "YAML or JSON files, directories or patterns; - reads stdin")
        .addOption(
            new Option("--format <format>", "output format").choices(FORMATS).default("text"),
        )
        .addOption(
            new Option("--preset <preset>", "rules that run (default: correctness)").choices(
                PRESETS,
            ),
        )
        .option("-n, --namespace <name>", "namespace of objects that name none")
        .option("--config <file>", "rule levels and options, as for --policy-pack-config")
        .option("--explain <rule>", "print the page of a rule")
        .option("-C, --cwd <dir>", "run in another directory")
        .addHelpText(
            "after",
            `
All files are checked together, as one program.

Presets:
  correctness   what breaks traffic, makes a canary unsafe, or is refused by Istio or Kubernetes
  recommended   also outlier detection, connection limits, full host names and redirects to HTTPS
  strict        all rules, at the level mandatory

Examples:
  npx istio-canary check deploy/
  helm template shop ./chart | npx istio-canary check -
  kustomize build overlays/prod | npx istio-canary check --namespace shop -
  npx istio-canary check --format sarif shop.yaml > findings.sarif

Exit codes: 0 no mandatory findings, 1 mandatory findings, 2 could not run.`,
        )
        .action(async (files: string[], options: CommandOptions) => {
            if (options.explain !== undefined) {
                process.stdout.write(load().explain(options.explain));
                return;
            }
            if (files.length === 0) {
                throw new Error("files: expected at least one, got none. Use - for stdin.");
            }
            const { output, refused } = await load().check(files, {
                ...options,
                color: hasColor(process.stdout.isTTY, process.env),
            });
            process.stdout.write(output);
            if (refused) exit.code = 1;
        });
}

interface CommandOptions extends Omit<CheckOptions, "color"> {
    readonly explain?: string;
}

/** https://no-color.org, and FORCE_COLOR as Node.js reads it. */
export function hasColor(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
    if (env.NO_COLOR) return false;
    // The same values as Node.js.
    if (env.FORCE_COLOR) return ["1", "2", "3", "true"].includes(env.FORCE_COLOR);
    return isTerminal && env.TERM !== "dumb";
}

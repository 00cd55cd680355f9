// `istio-canary adopt`: from a Deployment, a Canary or a Rollout that runs to the config and the plan of a rollout.
import type { Command } from "commander";
import type { ExitCode } from "../exitCode";
import type { AdoptFlags } from "./planAdoption";

// Loaded on demand, because every other command starts sooner without it.
const load = (): typeof import("./planAdoption") => require("./planAdoption");

export function addAdoptCommand(program: Command, exit: ExitCode): void {
    program
        .command("adopt")
        .description(
            "Plan how a Deployment, Canary or Rollout that runs becomes a rollout. Changes nothing.",
        )
        .argument(
            "[object]",
            "deployment/NAME, canary/NAME (Flagger) or rollout/NAME (Argo Rollouts)",
        )
        .option("-n, --namespace <name>", "its namespace")
        .option(
            "-f, --filename <files...>",
            "translate the object of these files (-: stdin) instead of a live one",
        )
        .option("--context <name>", "context of the kubeconfig (default: the current one)")
        .option("-s, --stack <name>", "name of the stack to write", "adopted")
        .option("--out <dir>", "where to write the files (default: adopt-<name>)")
        .option("--dry-run", "print the plan instead of writing files", false)
        .option("-C, --cwd <dir>", "run in another directory")
        .addHelpText(
            "after",
            `
Reads the object, its Services, HorizontalPodAutoscaler, PodDisruptionBudget,
ServiceAccount, VirtualService and DestinationRule, and the policies that name it.
Writes the stack's config, a plan with the way back of each step (plan.md), and
the live objects (before.yaml). See docs/start/adopt.md. With -f, it reads no
cluster and writes the config only. See docs/start/migrate.md.

Exit codes: 0 planned, 1 something stops the adoption, 2 could not read.`,
        )
        .action(async (target: string | undefined, flags: AdoptFlags) => {
            exit.code = await load().planAdoption(target, flags);
        });
}

// `istio-canary adopt`: from a Deployment that runs to the config and the plan of a rollout.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import { PROJECT } from "../../../rollout/config/names";
import { problemLine } from "../../../rollout/config/problems";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { textAt } from "../../../rollout/config/unknown";
import { adopt } from "../../analysis/adopt/adopt";
import { projectFile } from "../../driver/pulumi/projectFile";
import type { ExitCode } from "../exitCode";
import { adoptFiles, findingsText } from "./adoptFiles";

interface AdoptFlags {
    readonly namespace: string;
    readonly context?: string;
    readonly stack: string;
    readonly out?: string;
    readonly dryRun: boolean;
}

// Loaded on demand, because its library takes a second.
const loadCluster = (): typeof import("../../driver/kubernetes/kubernetes") =>
    require("../../driver/kubernetes/kubernetes");
const loadLive = (): typeof import("../../driver/kubernetes/liveObjects") =>
    require("../../driver/kubernetes/liveObjects");

export function addAdoptCommand(program: Command, exit: ExitCode): void {
    program
        .command("adopt")
        .description("Plan how a Deployment that runs becomes a rollout. Changes nothing.")
        .argument("<deployment>", "the live Deployment: deployment/NAME")
        .requiredOption("-n, --namespace <name>", "its namespace")
        .option("--context <name>", "context of the kubeconfig (default: the current one)")
        .option("-s, --stack <name>", "name of the stack to write", "adopted")
        .option("--out <dir>", "where to write the files (default: adopt-<name>)")
        .option("--dry-run", "print the plan instead of writing files", false)
        .option("-C, --cwd <dir>", "run in another directory")
        .addHelpText(
            "after",
            `
Reads the Deployment, its Services, HorizontalPodAutoscaler, PodDisruptionBudget,
ServiceAccount, VirtualService and DestinationRule, and the policies that name it.
Writes the stack's config, a plan with the way back of each step (plan.md), and
the live objects (before.yaml). See docs/start/adopt.md.

Exit codes: 0 planned, 1 something stops the adoption, 2 could not read.`,
        )
        .action(async (target: string, flags: AdoptFlags) => {
            exit.code = await adoptCommand(target, flags);
        });
}

async function adoptCommand(target: string, flags: AdoptFlags): Promise<number> {
    const { namespace, stack, dryRun } = flags;
    const [, name] = /^(?:deployments?(?:\.apps)?\/)?([a-z0-9][a-z0-9.-]*)$/.exec(target) ?? [];
    if (name === undefined) {
        throw new Error(`expected deployment/NAME, got ${target}.`);
    }
    const { Kubernetes } = loadCluster();
    const cluster = new Kubernetes(flags.context === undefined ? {} : { context: flags.context });
    const live = await loadLive().readLiveObjects(cluster, namespace, name);
    const options = { project: projectName(process.cwd()), stack };
    const adoption = adopt(live, options);
    process.stdout.write(findingsText(adoption));
    const checked = checkConfig(adoption.config);
    const problems = checked.ok ? [] : checked.problems.map(problemLine);
    for (const problem of problems) process.stdout.write(`Not valid yet: ${problem}\n`);
    const files = adoptFiles(adoption, options);
    if (dryRun) {
        for (const [file, text] of Object.entries(files)) {
            process.stdout.write(`\n--- ${file}\n${text}`);
        }
    } else {
        const folder = flags.out ?? `adopt-${name}`;
        mkdirSync(folder, { recursive: true });
        for (const [file, text] of Object.entries(files)) {
            writeFileSync(path.join(folder, file), text);
        }
        process.stdout.write(
            `Written to ${folder}: ${Object.keys(files).join(", ")}. Next: read plan.md.\n`,
        );
    }
    const isBlocked = adoption.findings.some(({ kind }) => kind === "blocked");
    return isBlocked || problems.length > 0 ? 1 : 0;
}

/** The name of the Pulumi project here; this package's if there is none. */
function projectName(folder: string): string {
    const file = projectFile(folder);
    const found = file && textAt(parse(readFileSync(file, "utf8")), "name");
    return found ?? PROJECT;
}

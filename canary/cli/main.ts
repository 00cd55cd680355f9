// The command line: arguments in, exit code out.
import { Command, CommanderError } from "commander";
import { addAdoptCommand } from "./adopt/adoptCommand";
import { addCheckCommand } from "./check/checkCommand";
import { addCheckoutCommands } from "./checkoutCommands";
import { addCompletionCommand } from "./completion/completionCommand";
import type { ExitCode } from "./exitCode";
import { addMonitoringCommands } from "./monitoring";
import { addReportCommands } from "./report/reportCommands";
import { addRolloutCommands } from "./rollout/rolloutCommands";
import { version } from "./toolVersion";

/** Runs one command and returns its exit code; errors go to stderr. */
export async function main(args: readonly string[]): Promise<number> {
    const exit: ExitCode = { code: 0 };
    // A reader that closes the pipe (`| head`) must not stop the work.
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", ignoreClosedPipe);
    }
    try {
        await program(exit).parseAsync([...args], { from: "user" });
        return exit.code;
    } catch (error) {
        if (error instanceof CommanderError) {
            // Commander has already printed the error. --help and --version end with 0.
            return error.exitCode === 0 ? 0 : 2;
        }
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`istio-canary: ${message}\n`);
        return 2;
    }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
    if (error.code !== "EPIPE") {
        throw error;
    }
}

function program(exit: ExitCode): Command {
    const program = new Command("istio-canary")
        .description("Run canary rollouts on Kubernetes with Istio. Each phase is a `pulumi up`.")
        .version(version(), "-v, --version", "print the version")
        .option("-C, --cwd <dir>", "run in another directory")
        .helpOption("-h, --help", "print help")
        .helpCommand("help [command]", "Print help for a command.")
        .exitOverride()
        // Options after `sandbox exec <command>` belong to that command.
        .enablePositionalOptions()
        .showHelpAfterError("(run with --help for usage)");
    program.hook("preAction", (_, command) => {
        for (const { cwd } of [program.opts(), command.opts()]) changeDirectory(cwd);
    });
    addCheckCommand(program, exit);
    addAdoptCommand(program, exit);
    addRolloutCommands(program, exit);
    addCheckoutCommands(program, exit);
    addMonitoringCommands(program);
    addReportCommands(program);
    addCompletionCommand(program);
    return program;
}

function changeDirectory(folder: string | undefined): void {
    if (folder === undefined) return;
    try {
        process.chdir(folder);
    } catch {
        throw new Error(`--cwd ${folder}: expected a directory, got something else.`);
    }
}

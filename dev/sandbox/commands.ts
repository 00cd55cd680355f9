// `istio-canary sandbox …`: the local Kubernetes with Istio.
import { type Command, InvalidArgumentError } from "commander";
import { interruptible } from "../../canary/cli/interruption";
import type { Outcome } from "../../canary/cli/main";
import { CHECKOUT } from "../checkout";

// Loaded by the command that needs it: `canary --help` answers at once.
const load = (): typeof import(".") => require(".");

export function addSandboxCommand(canary: Command, outcome: Outcome): void {
    const sandbox = canary
        .command("sandbox")
        .enablePositionalOptions()
        .description(
            "A real Kubernetes with Istio on this machine, one per checkout (Linux, root).",
        )
        .addHelpText(
            "after",
            `
Examples:
  npx istio-canary sandbox up                       bring it up; the first time builds it (20 minutes)
  eval "$(npx istio-canary sandbox env)"            pulumi, kubectl and istioctl now mean the sandbox
  npx istio-canary sandbox status                   each part: health, pid, since when, ports
  npx istio-canary sandbox logs kubelet -f          follow a part's log
  npx istio-canary sandbox exec -- ip route         run something inside its network
  npx istio-canary sandbox down                     leave nothing behind but images and logs

Exit codes: 0 done, 1 not healthy or not up, 2 could not run.`,
        );
    addUp(sandbox);
    addDown(sandbox);
    addStatus(sandbox, outcome);
    addEnv(sandbox);
    addExec(sandbox, outcome);
    addLogs(sandbox, outcome);
}

/** `istio-canary demo`: the same as `npm run demo`. */
export function addDemoCommand(program: Command, outcome: Outcome): void {
    program
        .command("demo")
        .description("Run a rollout and a rollback under live traffic on the sandbox.")
        .argument("[args...]", "options of the demo; see `demo --help`")
        .helpOption(false)
        .allowUnknownOption()
        .action(async (args: string[]) => {
            const { main }: typeof import("./demo/main") = require("./demo/main");
            outcome.exitCode = await main(args);
        });
}

function addUp(sandbox: Command): void {
    sandbox
        .command("up")
        .description(
            "Bring it up, or repair what is not healthy; builds and installs what is missing.",
        )
        .action(async () => {
            const started = Date.now();
            const { MissingPrerequisites, sandboxLayout, upSandbox } = load();
            const layout = sandboxLayout(CHECKOUT);
            const { state, wasUp } = await interruptible(
                () => process.stderr.write("Interrupted; taking back what was started.\n"),
                (signal) => upSandbox(layout, { signal }),
            ).catch((error: unknown) => {
                throw error instanceof MissingPrerequisites ? error : new Error(takenBack(error));
            });
            const seconds = ((Date.now() - started) / 1000).toFixed(1);
            process.stdout.write(
                [
                    wasUp ? "The sandbox is up." : `The sandbox is up, after ${seconds} s.`,
                    `  Kubernetes  https://127.0.0.1:${state.ports.api}`,
                    `  Prometheus  http://127.0.0.1:${state.ports.prometheus}`,
                    `  Ingress     http://127.0.0.1:${state.ports.http} https://127.0.0.1:${state.ports.https}`,
                    `For this shell:  eval "$(npx istio-canary sandbox env)"`,
                    "",
                ].join("\n"),
            );
        });
}

function takenBack(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    return `${message}\nWhat was started for this is gone again. Logs stay: npx istio-canary sandbox logs`;
}

function addDown(sandbox: Command): void {
    sandbox
        .command("down")
        .description(
            "Remove every process, mount, namespace, cgroup and state of it; keep images and logs.",
        )
        .action(async () => {
            const { describeRemains, downSandbox, sandboxLayout } = load();
            requireRoot();
            const removed = await interruptible(
                () => process.stderr.write("Interrupted; this takes a few seconds anyway.\n"),
                (signal) => downSandbox(sandboxLayout(CHECKOUT), { signal }),
            );
            process.stdout.write(
                removed === undefined
                    ? "There was nothing of the sandbox to remove.\n"
                    : `Removed ${describeRemains(removed)}. Nothing of the sandbox is left.\n`,
            );
        });
}

function addStatus(sandbox: Command, outcome: Outcome): void {
    sandbox
        .command("status")
        .description(
            "Each part: health, pid, since when, ports. Exit code 1 unless all of it is healthy.",
        )
        .option("--json", "for a program")
        .action(async ({ json }: { json?: boolean }) => {
            const { sandboxLayout, sandboxStatus, statusTable } = load();
            requireRoot();
            const status = await sandboxStatus(sandboxLayout(CHECKOUT));
            process.stdout.write(
                json ? `${JSON.stringify(status, null, 4)}\n` : statusTable(status),
            );
            outcome.exitCode = status.state === "healthy" ? 0 : 1;
        });
}

function addEnv(sandbox: Command): void {
    sandbox
        .command("env")
        .description(
            'Print what points a shell at the sandbox: eval "$(npx istio-canary sandbox env)"',
        )
        .option("--json", "for a program: each variable with its value, PATH as a whole")
        .action(async ({ json }: { json?: boolean }) => {
            const { sandboxEnvironment, sandboxVariables, shellExports } = load();
            const { layout, state } = await whatIsUp();
            const { PATH } = sandboxEnvironment(layout, state.ports);
            const variables = { ...sandboxVariables(layout, state.ports), PATH };
            process.stdout.write(
                json
                    ? `${JSON.stringify(variables, null, 4)}\n`
                    : shellExports(layout, state.ports),
            );
        });
}

function addExec(sandbox: Command, outcome: Outcome): void {
    sandbox
        .command("exec")
        .description("Run a command inside the sandbox's network and mount namespaces.")
        .argument("<command...>")
        .passThroughOptions()
        .action(async (command: string[]) => {
            const { execInside } = load();
            requireRoot();
            const { layout, state } = await whatIsUp();
            outcome.exitCode = await execInside(layout, state.ports, command);
        });
}

function addLogs(sandbox: Command, outcome: Outcome): void {
    sandbox
        .command("logs")
        .description("Show a part's log; without a part, which there are.")
        .argument("[part]")
        .option("-f, --follow", "go on with what comes", false)
        .option("-n, --lines <count>", "how many of the last lines", wholeNumber, 100)
        .action(async (part: string | undefined, options: { follow: boolean; lines: number }) => {
            const { partsWithLogs, sandboxLayout, showLogs } = load();
            const layout = sandboxLayout(CHECKOUT);
            if (part === undefined) {
                process.stdout.write(
                    partsWithLogs(layout)
                        .map((name) => `${name}\n`)
                        .join(""),
                );
                return;
            }
            outcome.exitCode = await showLogs(layout, part, options);
        });
}

async function whatIsUp() {
    const { readState, sandboxLayout } = load();
    const layout = sandboxLayout(CHECKOUT);
    const state = readState(layout);
    if (state?.readyAt === undefined) {
        throw new Error("The sandbox is not up. Bring it up with: npx istio-canary sandbox up");
    }
    return { layout, state };
}

function requireRoot(): void {
    if (process.getuid?.() !== 0) {
        throw new Error("The sandbox needs root: run it again with sudo.");
    }
}

function wholeNumber(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError(`Expected a whole number of lines, got "${text}".`);
    }
    return Number(text);
}

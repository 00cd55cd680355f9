// `istio-canary sandbox …`: a local Kubernetes with Istio.
import { type Command, InvalidArgumentError } from "commander";
import type { ExitCode } from "../../canary/cli/exitCode";
import { CHECKOUT } from "../checkout";
import { abortOnSignal } from "./steps/interruption";

// Loaded only by the commands that need it, so that `istio-canary --help` starts fast.
const load = (): typeof import(".") => require(".");

export function addSandboxCommand(canary: Command, exit: ExitCode): void {
    const sandbox = canary
        .command("sandbox")
        .enablePositionalOptions()
        .description(
            "Run a local Kubernetes with Istio, one per checkout (requires Linux and root).",
        )
        .addHelpText(
            "after",
            `
Examples:
  npx istio-canary sandbox up                       start it; the first run builds it (about 20 minutes)
  eval "$(npx istio-canary sandbox env)"            point pulumi, kubectl and istioctl at the sandbox
  npx istio-canary sandbox status                   print health, PID, start time and address of each part
  npx istio-canary sandbox logs kubelet -f          follow the log of a part
  npx istio-canary sandbox exec -- ip route         run a command in its network namespace
  npx istio-canary sandbox down                     remove everything except images and logs

Exit codes: 0 success, 1 \`status\` found it unhealthy or down, 2 error.`,
        );
    addUp(sandbox);
    addDown(sandbox);
    addStatus(sandbox, exit);
    addEnv(sandbox);
    addExec(sandbox, exit);
    addLogs(sandbox, exit);
}

/** `istio-canary demo`, which `npm run demo` runs too. */
export function addDemoCommand(program: Command, exit: ExitCode): void {
    program
        .command("demo")
        .description("Run a rollout and a rollback under live traffic on the sandbox.")
        .argument("[args...]", "demo options; see `demo --help`")
        .helpOption(false)
        .allowUnknownOption()
        .action(async (args: string[]) => {
            const { main }: typeof import("./demo/main") = require("./demo/main");
            exit.code = await main(args);
        });
}

function addUp(sandbox: Command): void {
    sandbox
        .command("up")
        .description(
            "Start the sandbox, or repair its unhealthy parts. Builds and installs what is missing.",
        )
        .option("--for-demo", "do not build Pulumi's YAML language host")
        .action(async ({ forDemo }: { forDemo?: true }) => {
            const started = Date.now();
            const { MissingPrerequisites, sandboxLayout, upSandbox } = load();
            const layout = sandboxLayout(CHECKOUT);
            const { state, wasUp } = await abortOnSignal(
                () => process.stderr.write("Interrupted; removing what this command started.\n"),
                (signal) => upSandbox(layout, { signal, isForDemo: forDemo === true }),
            ).catch((error: unknown) => {
                throw error instanceof MissingPrerequisites
                    ? error
                    : new Error(failureMessage(error));
            });
            const seconds = ((Date.now() - started) / 1000).toFixed(1);
            process.stdout.write(
                [
                    wasUp ? "The sandbox is up." : `The sandbox is up (${seconds} s).`,
                    `  Kubernetes  https://127.0.0.1:${state.ports.api}`,
                    `  Prometheus  http://127.0.0.1:${state.ports.prometheus}`,
                    `  Ingress     http://127.0.0.1:${state.ports.http} https://127.0.0.1:${state.ports.https}`,
                    `To use it in this shell:  eval "$(npx istio-canary sandbox env)"`,
                    "",
                ].join("\n"),
            );
        });
}

function failureMessage(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    return `${message}\nEverything that this command started has been removed. For the logs, run: npx istio-canary sandbox logs`;
}

function addDown(sandbox: Command): void {
    sandbox
        .command("down")
        .description(
            "Remove all its processes, mounts, namespaces, cgroups and state. Keeps images and logs.",
        )
        .action(async () => {
            const { describeRemains, downSandbox, sandboxLayout } = load();
            requireRoot();
            const removed = await abortOnSignal(
                () =>
                    process.stderr.write(
                        "Interrupted; a removal in progress finishes first (a few seconds).\n",
                    ),
                (signal) => downSandbox(sandboxLayout(CHECKOUT), { signal }),
            );
            process.stdout.write(
                removed === undefined
                    ? "Nothing to remove.\n"
                    : `Removed ${describeRemains(removed)}. Nothing is left.\n`,
            );
        });
}

function addStatus(sandbox: Command, exit: ExitCode): void {
    sandbox
        .command("status")
        .description(
            "Print health, PID, start time and address of each part. Exits with 1 if any is unhealthy.",
        )
        .option("--json", "print JSON")
        .action(async ({ json }: { json?: boolean }) => {
            const { sandboxLayout, sandboxStatus, statusTable } = load();
            requireRoot();
            const status = await sandboxStatus(sandboxLayout(CHECKOUT));
            process.stdout.write(
                json ? `${JSON.stringify(status, null, 4)}\n` : statusTable(status),
            );
            exit.code = status.state === "healthy" ? 0 : 1;
        });
}

function addEnv(sandbox: Command): void {
    sandbox
        .command("env")
        .description(
            'Print shell commands that select the sandbox: eval "$(npx istio-canary sandbox env)"',
        )
        .option("--json", "print JSON: each variable with its value, including the full PATH")
        .action(async ({ json }: { json?: boolean }) => {
            const { sandboxEnvironment, sandboxVariables, shellExports } = load();
            const { layout, state } = await requireRunning();
            const { PATH } = sandboxEnvironment(layout, state.ports);
            const variables = { ...sandboxVariables(layout, state.ports), PATH };
            process.stdout.write(
                json
                    ? `${JSON.stringify(variables, null, 4)}\n`
                    : shellExports(layout, state.ports),
            );
        });
}

function addExec(sandbox: Command, exit: ExitCode): void {
    sandbox
        .command("exec")
        .description("Run a command in the sandbox's network and mount namespaces.")
        .argument("<command...>")
        .passThroughOptions()
        .action(async (command: string[]) => {
            const { execInside } = load();
            requireRoot();
            const { layout, state } = await requireRunning();
            exit.code = await execInside(layout, state.ports, command);
        });
}

function addLogs(sandbox: Command, exit: ExitCode): void {
    sandbox
        .command("logs")
        .description("Print the log of a part. Without a part, list the parts with logs.")
        .argument("[part]")
        .option("-f, --follow", "keep printing new lines", false)
        .option("-n, --lines <count>", "number of lines to print from the end", wholeNumber, 100)
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
            exit.code = await showLogs(layout, part, options);
        });
}

/** Layout and state of the running sandbox. @throws Error if it is not up. */
async function requireRunning() {
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
        throw new Error("The sandbox requires root. Run the command again with `sudo`.");
    }
}

function wholeNumber(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError(`Expected a whole number of lines, got "${text}".`);
    }
    return Number(text);
}

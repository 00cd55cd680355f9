// `istio-canary completion SHELL`.
import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "./scripts";
import { treeOf } from "./tree";

export function addCompletionCommand(program: Command): void {
    program
        .command("completion")
        .description("Print a shell completion script for commands, options and values.")
        .addArgument(new Argument("<shell>", "shell of the script").choices(SHELLS))
        .addHelpText(
            "after",
            `
\`istio-canary\` must be on PATH, for example PATH="$PWD/node_modules/.bin:$PATH".

Examples:
  eval "$(npx istio-canary completion bash)"        # in ~/.bashrc
  eval "$(npx istio-canary completion zsh)"         # in ~/.zshrc, after compinit
  npx istio-canary completion fish > ~/.config/fish/completions/istio-canary.fish`,
        )
        // treeOf runs in the action, when all commands have been added.
        .action((shell: Shell) => {
            process.stdout.write(completionScript(shell, treeOf(program)));
        });
}

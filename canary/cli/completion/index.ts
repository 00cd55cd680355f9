// `istio-canary completion SHELL`: what TAB offers.
import { Argument, type Command } from "commander";
import { completionScript, SHELLS, type Shell } from "./scripts";
import { treeOf } from "./tree";

export function addCompletionCommand(canary: Command): void {
    canary
        .command("completion")
        .description("Print a script by which a shell completes commands, options and values.")
        .addArgument(new Argument("<shell>", "that it is for").choices(SHELLS))
        .addHelpText(
            "after",
            `
The shell must find \`canary\` itself, as by PATH="$PWD/node_modules/.bin:$PATH".

Examples:
  eval "$(npx istio-canary completion bash)"        # in ~/.bashrc
  eval "$(npx istio-canary completion zsh)"         # in ~/.zshrc, after compinit
  npx istio-canary completion fish > ~/.config/fish/completions/canary.fish`,
        )
        // Asked for when it runs: by then every command is there.
        .action((shell: Shell) => {
            process.stdout.write(completionScript(shell, treeOf(canary)));
        });
}

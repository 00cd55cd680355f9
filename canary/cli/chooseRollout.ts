// The rollout that a command acts on. On a terminal, asks if the stack has several.
import { createInterface } from "node:readline/promises";
import { NotSelected, nameText, type RolloutName, selectRollout } from "../driver/selectRollout";

/** @throws NotSelected if the flag names none or several, or if it is missing and nobody can be asked. */
export async function chooseRollout<Rollout extends RolloutName>(
    rollouts: readonly Rollout[],
    wanted: string | undefined,
    stack: string,
): Promise<Rollout> {
    try {
        return selectRollout(rollouts, wanted, stack);
    } catch (error) {
        if (!(error instanceof NotSelected) || error.code !== "several" || !isTerminal())
            throw error;
        const choices = rollouts.filter((one) => error.choices.includes(one));
        return (await ask(choices)) ?? chooseRollout(rollouts, wanted, stack);
    }
}

function isTerminal(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** @returns undefined if the answer is not a number of the list. */
async function ask<Rollout extends RolloutName>(
    choices: readonly Rollout[],
): Promise<Rollout | undefined> {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
        const lines = choices.map((one, index) => `  ${index + 1}  ${nameText(one)}`);
        const question = `${lines.join("\n")}\nWhich rollout? [1-${choices.length}] `;
        return choices[Number(await terminal.question(question)) - 1];
    } finally {
        terminal.close();
    }
}

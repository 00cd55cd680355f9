/** Selects one of a stack's rollouts by name. */

/** What a rollout is called. */
export interface RolloutName {
    /** The component's name in the program; unknown in journals of earlier releases. */
    readonly name?: string;
    readonly namespace: string;
    readonly app: string;
}

/** No rollout was selected. */
export class NotSelected extends Error {
    override readonly name = "NotSelected";

    constructor(
        readonly code: "none" | "unknown" | "several",
        message: string,
        /** The rollouts to choose from. */
        readonly choices: readonly RolloutName[] = [],
    ) {
        super(message);
    }
}

/**
 * The rollout that is called `wanted`: the component's name, or `namespace/app`, or `app`. Without `wanted`, the stack's only one.
 * @throws NotSelected
 */
export function selectRollout<Rollout extends RolloutName>(
    rollouts: readonly Rollout[],
    wanted: string | undefined,
    stack: string,
): Rollout {
    if (rollouts.length === 0) {
        throw new NotSelected(
            "none",
            `Stack ${stack} has no CanaryRollout of this release. Deploy it at weight 0 first: run \`pulumi up\`.`,
        );
    }
    const found = wanted === undefined ? rollouts : calledBy(rollouts, wanted);
    const [rollout] = found;
    if (rollout !== undefined && found.length === 1) return rollout;
    const names = (all: readonly RolloutName[]) => all.map(nameText).join(", ");
    if (rollout === undefined) {
        throw new NotSelected(
            "unknown",
            `--rollout: expected a rollout of stack ${stack} (${names(rollouts)}), got ${wanted}.`,
            rollouts,
        );
    }
    const what = wanted === undefined ? "" : ` named ${wanted}`;
    throw new NotSelected(
        "several",
        `Stack ${stack}: expected one rollout${what}, got ${found.length}: ${names(found)}. Choose one: pass --rollout <name>.`,
        found,
    );
}

function calledBy<Rollout extends RolloutName>(
    rollouts: readonly Rollout[],
    wanted: string,
): readonly Rollout[] {
    const forms: readonly ((one: RolloutName) => string | undefined)[] = [
        ({ name }) => name,
        placeText,
        ({ app }) => app,
    ];
    const matches = forms.map((form) => rollouts.filter((one) => form(one) === wanted));
    return matches.find((found) => found.length > 0) ?? [];
}

/** "web (shop/web)" */
export function nameText(rollout: RolloutName): string {
    const { name } = rollout;
    return name === undefined ? placeText(rollout) : `${name} (${placeText(rollout)})`;
}

function placeText({ namespace, app }: RolloutName): string {
    return `${namespace}/${app}`;
}

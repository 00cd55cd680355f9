/** Where a rollout's weight comes from, and the key of the stack's config that sets it. */
import * as pulumi from "@pulumi/pulumi";

export interface WeightSource {
    /** Undefined: the default, 0. A value that is not an integer stays a string, which the schema rejects. */
    readonly weight: unknown;
    /** The config key that sets the weight, once the program's other rollouts are known. Undefined: the program itself sets it. */
    readonly key: Promise<string | undefined>;
}

/** Two rollouts that read one key would get the same weight. */
export class SharedWeight extends Error {
    override readonly name = "SharedWeight";

    constructor(key: string, first: string, second: string, fix: string) {
        const expected = `expected a key for each rollout, because ${first} and ${second} would both read \`${key}\``;
        super(`${expected}. ${fix}`);
    }
}

/** The rollouts of a program: their names, and the rollout that reads each key. */
interface Program {
    readonly names: string[];
    readonly readers: Map<string, string>;
}

/** By the engine's monitor, which differs between the programs of one process. */
const programs = new WeakMap<object, Program>();

/**
 * A weight in the arguments wins. Otherwise the rollout reads `<name>:weight`, or `<project>:weight` as the program's only rollout.
 * @throws SharedWeight
 */
export function weightSource(name: string, argument: unknown): WeightSource {
    const program = thisProgram();
    program.names.push(name);
    const [own, common] = [`${name}:weight`, `${pulumi.getProject()}:weight`];
    const texts = new Map<string, string>();
    for (const key of [own, common]) {
        const text = new pulumi.Config(key.slice(0, key.lastIndexOf(":"))).get("weight");
        if (text !== undefined) texts.set(key, text);
    }
    // With several rollouts, no new key is shared. The others may be created later in this turn of the event loop.
    const unset = () => endOfTurn().then(() => (program.names.length > 1 ? own : common));
    if (argument !== undefined) {
        const [key] = [...texts].find(([, text]) => text === JSON.stringify(argument)) ?? [];
        const mayBeUnset = texts.size === 0 && argument === 0;
        return { weight: argument, key: mayBeUnset ? unset() : Promise.resolve(key) };
    }
    const [[key, text] = []] = texts;
    if (key === undefined || text === undefined) return { weight: undefined, key: unset() };
    claim(program, key, name, own);
    return { weight: /^\d+$/.test(text) ? Number(text) : text, key: Promise.resolve(key) };
}

function claim({ readers }: Program, key: string, name: string, own: string): void {
    const reader = readers.get(key);
    readers.set(key, name);
    if (reader === undefined) return;
    const fix =
        key === own
            ? "Give them different names"
            : `Set the keys of both, \`${reader}:weight\` and \`${own}\`, and remove \`${key}\``;
    throw new SharedWeight(key, reader, name, fix);
}

function thisProgram(): Program {
    const monitor = pulumi.runtime.getMonitor() ?? programs;
    const program = programs.get(monitor) ?? { names: [], readers: new Map() };
    programs.set(monitor, program);
    return program;
}

function endOfTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}

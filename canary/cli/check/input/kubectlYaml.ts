// Reads YAML as kubectl does: with the YAML 1.1 scalars of go-yaml v2 (its resolve.go), which sigs.k8s.io/yaml uses.
import { FAILSAFE_SCHEMA, loadAll, type State, Type, YAMLException } from "js-yaml";

const TRUE = new Set(words("y", "yes", "true", "on"));
const FALSE = new Set(words("n", "no", "false", "off"));
const NULL = new Set(["", "~", "null", "Null", "NULL"]);

/** y → y, Y; yes → yes, Yes, YES */
function words(...names: string[]): string[] {
    return names.flatMap((name) => [
        name,
        `${name[0]?.toUpperCase()}${name.slice(1)}`,
        name.toUpperCase(),
    ]);
}

const INTEGER = /^([-+]?)(?:0x([0-9a-fA-F]+)|0b([01]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/;
const RADIXES = [16, 2, 8, 10];
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const SPECIAL = new Map([
    ...[".nan", ".NaN", ".NAN"].map((text) => [text, Number.NaN] as const),
    ...[".inf", ".Inf", ".INF"].flatMap((text) => [
        [text, Number.POSITIVE_INFINITY] as const,
        [`+${text}`, Number.POSITIVE_INFINITY] as const,
        [`-${text}`, Number.NEGATIVE_INFINITY] as const,
    ]),
]);

/** Octal is 010, and underscores separate digits. Undefined if the text is not an integer. Sexagesimals (1:30) are strings. */
function integer(text: string): number | undefined {
    const [, sign, ...digits] = INTEGER.exec(text.replaceAll("_", "")) ?? [];
    const place = digits.findIndex((one) => one !== undefined);
    if (place < 0) return undefined;
    const value = Number.parseInt(digits[place] ?? "", RADIXES[place]);
    return sign === "-" ? -value : value;
}

function float(text: string): number | undefined {
    const plain = text.replaceAll("_", "");
    return SPECIAL.get(text) ?? (FLOAT.test(plain) ? Number(plain) : undefined);
}

const startsNumber = (text: string) => /^[-+.0-9]/.test(text);

const scalar = (
    tag: string,
    resolve: (text: string) => boolean,
    construct: (text: string) => unknown,
): Type => new Type(`tag:yaml.org,2002:${tag}`, { kind: "scalar", resolve, construct });

const SCHEMA = FAILSAFE_SCHEMA.extend({
    implicit: [
        scalar(
            "null",
            (text) => text === null || NULL.has(text),
            () => null,
        ),
        scalar(
            "bool",
            (text) => TRUE.has(text) || FALSE.has(text),
            (text) => TRUE.has(text),
        ),
        scalar("int", (text) => startsNumber(text) && integer(text) !== undefined, integer),
        scalar("float", (text) => startsNumber(text) && float(text) !== undefined, float),
        scalar(
            "merge",
            (text) => text === "<<",
            (text) => text,
        ),
    ],
    explicit: [
        scalar(
            "timestamp",
            () => true,
            (text) => text,
        ),
        scalar(
            "binary",
            () => true,
            (text) => Buffer.from(text, "base64").toString("latin1"),
        ),
    ],
});

/** A syntax error. Line and column count from 1. */
export class YamlError extends Error {
    constructor(
        reason: string,
        readonly line: number,
        readonly column: number,
    ) {
        super(reason);
    }
}

export type Listener = (event: "open" | "close", state: State) => void;

/**
 * The values of all documents.
 * @throws YamlError
 */
export function parseYaml(text: string, listener?: Listener): unknown[] {
    const listen = listener && {
        listener: (event: "open" | "close", state: State) => listener(event, state),
    };
    try {
        return loadAll(text, null, { schema: SCHEMA, ...listen });
    } catch (error) {
        // A Type cannot throw anything else.
        if (!(error instanceof YAMLException)) throw error;
        const { line = 0, column = 0 } = error.mark ?? {};
        throw new YamlError(error.reason, line + 1, column + 1);
    }
}

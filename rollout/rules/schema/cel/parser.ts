/** Compiles expressions of CEL to functions. */

import {
    entries,
    FUNCTIONS,
    hasField,
    METHODS,
    member,
    NoResult,
    OPERATORS,
    read,
} from "./celValues";
import { type Token, tokensOf } from "./tokens";

export type Scope = Readonly<Record<string, unknown>>;
export type Expression = (scope: Scope) => unknown;

/** Operators by precedence, the weakest first. */
const LEVELS = [
    ["==", "!=", "<", "<=", ">", ">=", "in"],
    ["+", "-"],
];

/** @throws Error if the expression uses a part of the language that CRDs do not use. */
export function compile(expression: string): Expression {
    const parser = new Parser(tokensOf(expression));
    return parser.parse();
}

class Parser {
    private place = 0;

    constructor(private readonly tokens: readonly Token[]) {}

    parse(): Expression {
        const expression = this.ternary();
        if (this.next.type !== "end") throw new Error(`unexpected ${this.next.text}`);
        return expression;
    }

    private get next(): Token {
        return this.tokens[this.place] as Token;
    }

    private take(): Token {
        return this.tokens[this.place++] as Token;
    }

    private accept(text: string): boolean {
        const isNext = this.next.text === text && this.next.type !== "text";
        if (isNext) this.place++;
        return isNext;
    }

    private expect(text: string): void {
        if (!this.accept(text)) throw new Error(`expected ${text}, got ${this.next.text}`);
    }

    private ternary(): Expression {
        const condition = this.either();
        if (!this.accept("?")) return condition;
        const yes = this.ternary();
        this.expect(":");
        const no = this.ternary();
        return (scope) => (condition(scope) === true ? yes(scope) : no(scope));
    }

    private either(): Expression {
        let left = this.both();
        while (this.accept("||")) left = decidedBy(true, left, this.both());
        return left;
    }

    private both(): Expression {
        let left = this.operation(0);
        while (this.accept("&&")) left = decidedBy(false, left, this.operation(0));
        return left;
    }

    private operation(level: number): Expression {
        const operators = LEVELS[level];
        if (operators === undefined) return this.unary();
        let left = this.operation(level + 1);
        for (;;) {
            const name = operators.find((one) => this.accept(one));
            const apply = name === undefined ? undefined : OPERATORS[name];
            if (apply === undefined) return left;
            const [a, b] = [left, this.operation(level + 1)];
            left = (scope) => apply(a(scope), b(scope));
        }
    }

    private unary(): Expression {
        if (!this.accept("!")) return this.postfix(this.primary());
        const operand = this.unary();
        return (scope) => operand(scope) !== true;
    }

    private postfix(start: Expression): Expression {
        let value = start;
        for (;;) {
            const before = value;
            if (this.accept("[")) {
                const index = this.ternary();
                this.expect("]");
                value = (scope) => member(before(scope), index(scope));
            } else if (this.accept(".")) {
                const name = this.take().text;
                value = this.accept("(")
                    ? this.method(before, name)
                    : (scope) => member(before(scope), name);
            } else return value;
        }
    }

    private method(receiver: Expression, name: string): Expression {
        const macro = MACROS[name];
        if (macro !== undefined) {
            const variable = this.take().text;
            this.expect(",");
            const body = this.ternary();
            this.expect(")");
            return (scope) => {
                const list = entries(read(receiver(scope)));
                return macro(list, (item) => body({ ...scope, [variable]: item }) === true);
            };
        }
        const apply = METHODS[name];
        if (apply === undefined) throw new Error(`unknown method ${name}`);
        const args = this.list(")");
        return (scope) => apply(read(receiver(scope)), ...args.map((arg) => arg(scope)));
    }

    private list(end: string): Expression[] {
        const parts: Expression[] = [];
        while (!this.accept(end)) {
            parts.push(this.ternary());
            this.accept(",");
        }
        return parts;
    }

    private primary(): Expression {
        if (this.accept("(")) {
            const inner = this.ternary();
            this.expect(")");
            return inner;
        }
        if (this.accept("[")) {
            const parts = this.list("]");
            return (scope) => parts.map((part) => part(scope));
        }
        if (this.accept("{}")) return () => ({});
        const { type, text } = this.take();
        if (type === "text") return () => text;
        if (type === "number") return () => Number(text);
        if (type !== "name") throw new Error(`unexpected ${text}`);
        if (text === "true" || text === "false") return () => text === "true";
        if (text === "has" && this.accept("(")) return this.has();
        if (!this.accept("(")) return (scope) => read(scope[text]);
        const apply = FUNCTIONS[text];
        const [argument] = this.list(")");
        if (apply === undefined || argument === undefined) throw new Error(`unknown ${text}()`);
        return (scope) => apply(argument(scope));
    }

    /** `has(self.a.b)`: whether `self.a` has `b`. */
    private has(): Expression {
        let object = this.primary();
        for (;;) {
            if (this.accept("[")) {
                const [before, index] = [object, this.ternary()];
                this.expect("]");
                object = (scope) => member(before(scope), index(scope));
                continue;
            }
            this.expect(".");
            const [before, name] = [object, this.take().text];
            if (this.accept(")")) return (scope) => hasField(before(scope), name);
            object = (scope) => member(before(scope), name);
        }
    }
}

type Macro = (list: unknown[], holds: (item: unknown) => boolean) => unknown;

const MACROS: Readonly<Record<string, Macro>> = {
    all: (list, holds) => list.every(holds),
    exists: (list, holds) => list.some(holds),
    exists_one: (list, holds) => list.filter(holds).length === 1,
    filter: (list, holds) => list.filter(holds),
};

/** `a || b` and `a && b`: one operand that decides is enough, also if the other has no result. */
function decidedBy(value: boolean, a: Expression, b: Expression): Expression {
    return (scope) => {
        const results = [a, b].map((one) => {
            try {
                return one(scope);
            } catch (error) {
                return error;
            }
        });
        if (results.includes(value)) return value;
        // An unknown operand may still decide.
        const error =
            results.find((one) => one instanceof NoResult) ??
            results.find((one) => one instanceof Error);
        if (error !== undefined) throw error;
        return !value;
    };
}

/** What a rule is: a check over plain manifests that says what it found, what it allows, and what to do. */
import type { RuleId } from "../config/ruleIds";
import type { Unknown } from "../config/unknown";

/** Any Kubernetes object as plain data. A value that is not known yet in a preview is `UNKNOWN`. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: unknown;
    readonly [field: string]: unknown;
}

/** A kind of object in any version of its API group; the group "" is Kubernetes' core. */
export interface Kind {
    readonly group: string;
    readonly kind: string;
}

export interface Finding {
    /** "VirtualService demo/web" */
    readonly resource: string;
    /** "spec.http[0].timeout" */
    readonly path: string;
    /** The value there, or UNKNOWN: then the rule could not judge it yet, and that is all the finding says. */
    readonly found: unknown | Unknown;
    /** What the rule allows there, as a noun phrase: "an integer from 0 to 100". */
    readonly expected: string;
    /** What to do, as a sentence. */
    readonly fix: string;
    /** Said, but never refused, whatever the rule's level is: it looks wrong, and may be meant. */
    readonly advisory?: true;
}

/** One option of a rule, as JSON schema. */
export interface OptionSchema {
    readonly type: "integer" | "string" | "boolean" | "array";
    readonly items?: { readonly type: "integer" | "string" };
    readonly description: string;
    readonly default?: boolean | number | string | (number | string)[];
}

export type Options = Readonly<Record<string, unknown>>;

export type RuleGroup =
    | "weights"
    | "resilience"
    | "routing"
    | "identity"
    | "workload"
    | "exemptions";

interface RuleBase {
    /** Kebab case of the file's name. */
    readonly id: RuleId;
    /** What it is about; also the folder of its file and of its page. */
    readonly group: RuleGroup;
    /** One full sentence. */
    readonly description: string;
    readonly severity: "mandatory" | "advisory";
    /** Objects that the rule reads; it is given no others. */
    readonly kinds: readonly Kind[];
    readonly options: Readonly<Record<string, OptionSchema>>;
}

/** A rule that judges each object by itself. */
export interface ResourceRule extends RuleBase {
    readonly scope: "resource";
    check(manifest: Manifest, options: Options): Finding[];
}

/** A rule that needs all objects of a program. */
export interface ProgramRule extends RuleBase {
    readonly scope: "program";
    check(manifests: readonly Manifest[], options: Options): Finding[];
}

export type Rule = ResourceRule | ProgramRule;

/** Path of a rule's page in the repository and in the package. */
export function pageOf({ group, id }: Pick<Rule, "group" | "id">): string {
    return `docs/policy/rules/${group}/${id}.md`;
}

/** Whether a rule wants to see an object of this kind. */
export function concerns(rule: Rule, { apiVersion, kind }: Manifest): boolean {
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
    return rule.kinds.some((known) => known.kind === kind && known.group === group);
}

/** The options of a rule with its defaults filled in. */
export function optionsOf(rule: Rule, given: Options = {}): Options {
    const defaults = Object.entries(rule.options).map(([name, option]) => [name, option.default]);
    return { ...Object.fromEntries(defaults), ...given };
}

/** The objects of one kind. */
export function ofKind(kind: string, manifests: readonly Manifest[]): Manifest[] {
    return manifests.filter((one) => one.kind === kind);
}

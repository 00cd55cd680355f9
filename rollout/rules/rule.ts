/** The interface of a rule: a check over plain manifests that returns findings. */
import type { RuleId } from "../config/ruleIds";
import type { Unknown } from "../config/unknown";

/** Any Kubernetes object as plain data. A value that a preview does not know is `UNKNOWN`. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata?: unknown;
    readonly [field: string]: unknown;
}

/** A kind of object in any version of its API group. The core group is "". */
export interface Kind {
    readonly group: string;
    readonly kind: string;
}

export interface Finding {
    /** "VirtualService demo/web" */
    readonly resource: string;
    /** "spec.http[0].timeout" */
    readonly path: string;
    /** The value at this path. UNKNOWN: the rule cannot judge the value during this preview. */
    readonly found: unknown | Unknown;
    /** What the rule allows, as a noun phrase: "an integer from 0 to 100". */
    readonly expected: string;
    /** What the user can do, as a sentence. */
    readonly fix: string;
    /** Advisory at any level of the rule, because the value may be intended. */
    readonly advisory?: true;
}

/** JSON schema of one option of a rule. */
export interface OptionSchema {
    readonly type: "integer" | "string" | "boolean" | "array";
    readonly items?: {
        readonly type: "integer" | "string";
        readonly minimum?: number;
        readonly maximum?: number;
    };
    readonly minimum?: number;
    readonly maximum?: number;
    /** Needs an example, which the error for another string shows. */
    readonly pattern?: string;
    readonly examples?: readonly string[];
    /** Each item of the list must be larger than the one before. */
    readonly rising?: true;
    readonly description: string;
    readonly default?: boolean | number | string | (number | string)[];
}

export type Options = Readonly<Record<string, unknown>>;

export type RuleGroup =
    | "weights"
    | "resilience"
    | "routing"
    | "references"
    | "gateways"
    | "identity"
    | "ports"
    | "workload"
    | "shape"
    | "exemptions";

/** From the fewest rules to the most. Each preset runs the rules of those before it. */
export const PRESETS = ["correctness", "recommended", "strict"] as const;
/**
 * - `correctness`: what breaks traffic, makes a canary unsafe, or is refused by Istio or the API server.
 * - `recommended`: also what this project requires of its own rollouts, such as outlier detection.
 * - `strict`: every rule, at the level `mandatory`.
 */
export type Preset = (typeof PRESETS)[number];

interface RuleBase {
    /** The file's name in kebab case. */
    readonly id: RuleId;
    /** Topic; also the folder of the rule's file and page. */
    readonly group: RuleGroup;
    /** One sentence that states the requirement. `pulumi preview` prints it above each finding. */
    readonly description: string;
    readonly severity: "mandatory" | "advisory";
    /** The first preset that runs the rule. Default: `correctness`. */
    readonly preset?: Exclude<Preset, "correctness">;
    /** Kinds that the rule reads, or all objects, also those without a kind. `check` receives no others. */
    readonly kinds: readonly Kind[] | "all";
    readonly options: Readonly<Record<string, OptionSchema>>;
}

/** A rule that checks each object alone. */
export interface ResourceRule extends RuleBase {
    readonly scope: "resource";
    check(manifest: Manifest, options: Options): Finding[];
}

/** A rule that checks all objects of a program together. */
export interface ProgramRule extends RuleBase {
    readonly scope: "program";
    check(manifests: readonly Manifest[], options: Options): Finding[];
}

export type Rule = ResourceRule | ProgramRule;

/** Path of the rule's page, in the repository and in the package. */
export function pageOf({ group, id }: Pick<Rule, "group" | "id">): string {
    return `docs/policy/rules/${group}/${id}.md`;
}

export function isInPreset(rule: Rule, chosen: Preset): boolean {
    const first: Preset = rule.preset ?? "correctness";
    return PRESETS.indexOf(first) <= PRESETS.indexOf(chosen);
}

/** Whether a rule reads objects of this kind. */
export function concerns(rule: Rule, manifest: Manifest): boolean {
    return isOf(rule.kinds, manifest);
}

/** Whether an object is of one of these kinds. */
export function isOf(kinds: Rule["kinds"], { apiVersion, kind }: Manifest): boolean {
    if (kinds === "all") return true;
    if (typeof apiVersion !== "string") return false;
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
    return kinds.some((known) => known.kind === kind && known.group === group);
}

/** A rule's options, with defaults for those that are not given. */
export function optionsOf(rule: Rule, given: Options = {}): Options {
    const defaults = Object.entries(rule.options).map(([name, option]) => [name, option.default]);
    return { ...Object.fromEntries(defaults), ...given };
}

/** The objects of one kind. */
export function ofKind(kind: string, manifests: readonly Manifest[]): Manifest[] {
    return manifests.filter((one) => one.kind === kind);
}

// Findings for people: grouped by file, with a line per rule at the end.
import { createColors } from "picocolors";
import type { Rule } from "../../../../rollout/rules";
import { messageOf } from "./messages";
import { byFile, type CheckResult, countOf, type Found } from "./result";

export function textOutput({ found, objects, preset }: CheckResult, hasColor: boolean): string {
    const colors = createColors(hasColor);
    const level = (one: Found["level"], text: string) =>
        one === "mandatory" ? colors.red(text) : colors.yellow(text);
    const lineOf = (one: Found) => {
        const place = `${one.place.line}:${one.place.column}`;
        const name = level(one.level, one.level.padEnd("mandatory".length));
        return `  ${place.padEnd(8)} ${name} ${colors.bold(one.rule.id)}  ${messageOf(one)}`;
    };
    const files = [...byFile(found)].flatMap(([file, list]) => [
        colors.underline(file),
        ...list.map(lineOf),
        "",
    ]);
    const rules = [...byRule(found)].map(([rule, list]) => {
        const counts = (["mandatory", "advisory"] as const)
            .map((one) => ({ one, count: countOf(list, one) }))
            .filter(({ count }) => count > 0)
            .map(({ one, count }) => level(one, `${count} ${one}`));
        return `  ${colors.bold(rule.id)}: ${counts.join(", ")}. ${rule.description}`;
    });
    const mandatory = countOf(found, "mandatory");
    const counts = `${mandatory} mandatory, ${found.length - mandatory} advisory`;
    const explain = rules.length === 0 ? [] : ["Explain a rule: istio-canary check --explain RULE"];
    const total = `Objects: ${objects}. Preset: ${preset}. Findings: ${counts}.`;
    return `${[...files, ...rules, ...explain, total].join("\n")}\n`;
}

/** The most frequent rule first. */
function byRule(found: readonly Found[]): [Rule, Found[]][] {
    const rules = new Map<Rule, Found[]>();
    for (const one of found) {
        const list = rules.get(one.rule) ?? [];
        list.push(one);
        rules.set(one.rule, list);
    }
    return [...rules].sort(([, a], [, b]) => b.length - a.length);
}

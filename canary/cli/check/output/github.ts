// Findings as GitHub Actions workflow commands, which annotate the lines of a pull request.
import { messageOf } from "./messages";
import { type CheckResult, countOf, type Found } from "./result";

export function githubOutput({ found, objects, preset }: CheckResult): string {
    const counts = `${countOf(found, "mandatory")} mandatory, ${countOf(found, "advisory")} advisory`;
    const total = `Objects: ${objects}. Preset: ${preset}. Findings: ${counts}.`;
    return `${[...found.map(annotation), total].join("\n")}\n`;
}

function annotation(one: Found): string {
    const { rule, level, place } = one;
    const command = level === "mandatory" ? "error" : "warning";
    const properties = {
        file: place.file,
        line: String(place.line),
        col: String(place.column),
        title: rule.id,
    };
    const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
    return `::${command} ${list.join(",")}::${message(messageOf(one))}`;
}

/** Escapes as @actions/core does. */
function message(text: string): string {
    return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
    return message(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

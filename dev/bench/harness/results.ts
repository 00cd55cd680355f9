// Output of a benchmark: raw values as JSON, tables as Markdown, plots as SVG.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../checkout";
import type { Target } from "../../sandbox/demo/target";
import { parts } from "../../sandbox/toolchain/parts";
import { type Plot, plotOf } from "./plot";

export interface Table {
    readonly title: string;
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
    /** Explanation below the table; Markdown. */
    readonly note?: string;
}

export interface Results {
    /** Base name of its files, and NAME in `npm run bench:NAME`. */
    readonly name: string;
    readonly question: string;
    /** Versions of the measured software; see versionsOf. */
    readonly versions: Readonly<Record<string, string>>;
    /** All raw values, before any summary. */
    readonly values: unknown;
    readonly tables: readonly Table[];
    /** If empty, no SVG is written. */
    readonly plots: readonly Plot[];
}

/** The machine of the measurement, without host name and paths. */
export interface Machine {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly kernel: string;
    readonly node: string;
}

export const RESULTS = path.join(CHECKOUT, "dev", "bench", "results");

/** Writes NAME.json, NAME.md and, with plots, NAME.svg into `folder`. @returns the Markdown. */
export async function writeResults(
    results: Results,
    command: string,
    folder = RESULTS,
    now = new Date(),
): Promise<string> {
    const { name, question, versions, values, plots } = results;
    const facts = { question, command, date: `${now.toISOString().slice(0, 16)}Z` };
    const machine = thisMachine();
    const markdown = markdownOf(results, { ...facts, machine });
    await mkdir(folder, { recursive: true });
    const write = (ending: string, text: string) =>
        writeFile(path.join(folder, `${name}.${ending}`), text);
    await write("json", `${compactJson({ ...facts, machine, versions, values })}\n`);
    await write("md", markdown);
    if (plots.length > 0) await write("svg", plotOf(plots));
    return markdown;
}

export function thisMachine(): Machine {
    return {
        cpu: cpus()[0]?.model.trim() ?? "unknown",
        cores: cpus().length,
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        kernel: release(),
        node: process.version,
    };
}

/** Versions of the running Pulumi and of the sandbox's parts. */
export async function versionsOf(target: Target): Promise<Record<string, string>> {
    const { stdout } = await execa(target.pulumiFile, ["version"], { env: target.env });
    const built = (name: string) => parts.find((part) => part.name === name)?.version ?? "unknown";
    return {
        Pulumi: stdout.replace(/^v/, ""),
        "pulumi-kubernetes": built("pulumi").replace(/^.*-/, ""),
        Kubernetes: built("kubernetes"),
        Istio: built("istio"),
        Envoy: built("envoy"),
        Prometheus: built("prometheus"),
    };
}

interface Facts {
    readonly question: string;
    readonly command: string;
    readonly date: string;
    readonly machine: Machine;
}

/** The tables, with command, date, machine and versions. */
export function markdownOf(
    { name, versions, tables, plots }: Results,
    { question, command, date, machine }: Facts,
): string {
    const { cpu, cores, memoryGiB, kernel, node } = machine;
    const of = Object.entries(versions).map(([part, version]) => `${part} ${version}`);
    return [
        `# ${question}`,
        `\`${command}\`, ${date}, raw values in [${name}.json](${name}.json).`,
        `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node.js ${node}${of.length > 0 ? `; ${of.join(", ")}` : ""}.`,
        ...(plots.length > 0
            ? [`![${plots.map(({ title }) => title).join("; ")}](${name}.svg)`]
            : []),
        ...tables.map(tableText),
        "",
    ].join("\n\n");
}

export function tableText({ title, columns, rows, note }: Table): string {
    const line = (cells: readonly string[]) =>
        `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    return [
        `## ${title}`,
        "",
        line(columns),
        line(columns.map((_, column) => (column === 0 ? "---" : "---:"))),
        ...rows.map(line),
        ...(note === undefined ? [] : ["", note]),
    ].join("\n");
}

/** One line per innermost list or object, for readable line-by-line diffs. */
function compactJson(value: unknown): string {
    return JSON.stringify(value, undefined, 1).replace(
        /([[{])\s*((?:"(?:[^"\\]|\\.)*"|[^[\]{}"])*?)\s*([\]}])/g,
        (_, open: string, inside: string, close: string) =>
            `${open}${inside.replace(/\n\s*/g, " ")}${close}`,
    );
}

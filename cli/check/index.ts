// `canary check`: the policy pack's rules on plain YAML, for kubectl, Helm, Argo CD and CI.
import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { pathText } from "../../rollout/problems";
import { judge, parseSettings, rules, type Settings } from "../../rollout/rules";
import { resourceName } from "../../rollout/rules/names";
import type { Outcome } from "../main";
import { type Located, type Place, readManifests } from "./manifestFile";
import { FORMATS, type Format, type Found, report } from "./report";

interface CheckOptions {
    readonly format: Format;
    readonly config?: string;
}

export function addCheckCommand(canary: Command, outcome: Outcome): void {
    canary
        .command("check")
        .description("Judge Kubernetes and Istio manifests by the rules of the policy pack.")
        .argument("<files...>", "YAML or JSON files with any number of objects; - is stdin")
        .addOption(new Option("--format <format>", "output").choices(FORMATS).default("text"))
        .option("--config <file>", "levels and options of rules, as for --policy-pack-config")
        .addHelpText(
            "after",
            `
All files are judged together, as one program.

Examples:
  npx canary check shop/*.yaml
  helm template shop ./chart | npx canary check -
  npx canary check --format sarif shop.yaml > findings.sarif

Exit codes: 0 nothing refused, 1 refused, 2 could not run.`,
        )
        .action(async (files: string[], { format, config }: CheckOptions) => {
            const settings = await readSettings(config);
            const located = (await Promise.all(files.map(readObjects))).flat();
            if (located.length === 0) {
                throw new Error(`No Kubernetes object in ${files.join(", ")}.`);
            }
            const today = new Date().toISOString().slice(0, 10);
            const judgements = judge(
                located.map(({ manifest }) => manifest),
                { today, settings },
            );
            const found = judgements.map(
                (one): Found => ({ ...one, place: placeOf(one.finding, located) }),
            );
            process.stdout.write(report(format, found, located.length));
            if (found.some(({ level }) => level === "mandatory")) outcome.exitCode = 1;
        });
}

async function readObjects(file: string): Promise<Located[]> {
    if (file === "-") return readManifests("stdin", await readStream(process.stdin));
    return readManifests(file, await readFile(file, "utf8"));
}

async function readSettings(file: string | undefined): Promise<Settings> {
    if (file === undefined) return { byRule: {} };
    const result = parseSettings(JSON.parse(await readFile(file, "utf8")), rules);
    if (result.ok) return result.settings;
    const lines = result.problems.map(({ path, reason }) => `  ${pathText(path)}: ${reason}`);
    throw new Error([`${file} is not right:`, ...lines].join("\n"));
}

/** Findings name their object; two of one name are told apart by nothing, and the first one is shown. */
function placeOf({ resource, path }: Found["finding"], located: readonly Located[]): Place {
    const object = located.find(({ manifest }) => resourceName(manifest) === resource);
    return object?.place(path) ?? { file: "(none)", line: 1, column: 1 };
}

// From the live object, or from files, to the config and the plan on disk.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { PROJECT } from "../../../rollout/config/names";
import { problemLine } from "../../../rollout/config/problems";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { textAt } from "../../../rollout/config/unknown";
import { adopt } from "../../analysis/adopt/adopt";
import { adoptPeer } from "../../analysis/adopt/peers/adoptPeer";
import { Kubernetes } from "../../driver/kubernetes/kubernetes";
import {
    type AdoptTarget,
    type Reader,
    readLiveObjects,
} from "../../driver/kubernetes/liveObjects";
import { projectFile } from "../../driver/pulumi/projectFile";
import { adoptFiles, findingsText } from "./adoptFiles";
import { openFiles, parseTarget } from "./adoptTarget";

export interface AdoptFlags {
    readonly namespace?: string;
    readonly filename?: readonly string[];
    readonly context?: string;
    readonly stack: string;
    readonly out?: string;
    readonly dryRun: boolean;
}

/** @returns the exit code. @throws Error if there is no such object, or the API server does not answer. */
export async function planAdoption(
    written: string | undefined,
    flags: AdoptFlags,
): Promise<number> {
    const { stack, dryRun, filename } = flags;
    const isFile = filename !== undefined;
    const { cluster, target } = isFile
        ? await openFiles(filename, written, flags.namespace)
        : openCluster(written, flags);
    const live = await readLiveObjects(cluster, target);
    const options = { project: projectName(process.cwd()), stack };
    const adoption =
        live.peer === undefined ? adopt(live, options) : adoptPeer(live.peer, live, options);
    process.stdout.write(findingsText(adoption));
    const checked = checkConfig(adoption.config);
    const problems = checked.ok ? [] : checked.problems.map(problemLine);
    for (const problem of problems) process.stdout.write(`Not valid yet: ${problem}\n`);
    const all = adoptFiles(adoption, options);
    // Files do not show which objects the cluster has, so there is no plan.
    const config = `Pulumi.${stack}.yaml`;
    const files: Record<string, string> = isFile ? { [config]: all[config] ?? "" } : all;
    if (dryRun) {
        for (const [file, text] of Object.entries(files)) {
            process.stdout.write(`\n--- ${file}\n${text}`);
        }
    } else {
        const folder = flags.out ?? `adopt-${target.name}`;
        mkdirSync(folder, { recursive: true });
        for (const [file, text] of Object.entries(files)) {
            writeFileSync(path.join(folder, file), text);
        }
        process.stdout.write(
            `Written to ${folder}: ${Object.keys(files).join(", ")}.${isFile ? "" : " Next: read plan.md."}\n`,
        );
    }
    const isBlocked = adoption.findings.some(({ kind }) => kind === "blocked");
    if (isFile && (isBlocked || problems.length > 0)) {
        process.stdout.write(
            "If the app's Deployment, Service or routes are missing, add them to the files.\n",
        );
    }
    return isBlocked || problems.length > 0 ? 1 : 0;
}

function openCluster(
    written: string | undefined,
    { namespace, context }: AdoptFlags,
): { cluster: Reader; target: AdoptTarget } {
    const target = written === undefined ? undefined : parseTarget(written);
    if (target === undefined || namespace === undefined) {
        throw new Error(
            "expected an object and its namespace, such as `adopt deployment/web -n shop`, or files (`-f`).",
        );
    }
    const cluster = new Kubernetes(context === undefined ? {} : { context });
    return { cluster, target: { ...target, namespace } };
}

/** The name of the Pulumi project here; this package's if there is none. */
function projectName(folder: string): string {
    const file = projectFile(folder);
    const found = file && textAt(parse(readFileSync(file, "utf8")), "name");
    return found ?? PROJECT;
}

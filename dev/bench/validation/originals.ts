// Objects that are changed: of Istio's and Gateway API's repositories, and of the rules' own cases.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readManifests } from "../../../canary/cli/check/input/manifestFile";
import type { Manifest } from "../../../rollout/rules";
import { caseNames, casesNamed } from "../../../tests/fixtures/rules/caseFiles";
import { programOf } from "../../../tests/fixtures/rules/ruleCases";
import { goModule } from "../harness/goModule";

/** Modules of the sandbox's toolchain. */
const MODULES = ["istio.io/istio", "sigs.k8s.io/gateway-api"];
/** Larger ones are dashboards, CRDs and charts. */
const LONGEST_FILE = 60_000;

/** Each object once, as `namespace` would have it; in the same order on every machine. */
export async function originals(
    kinds: ReadonlySet<string>,
    namespace: string,
): Promise<Manifest[]> {
    const all = [...ownCases(), ...(await Promise.all(MODULES.map(ofModule))).flat()];
    const found = new Map<string, Manifest>();
    for (const one of all) {
        if (!kinds.has(kindOf(one))) continue;
        const text = JSON.stringify(inNamespace(one, namespace));
        if (!found.has(text)) found.set(text, JSON.parse(text));
    }
    return [...found.values()];
}

export function kindOf({ apiVersion, kind }: Manifest): string {
    return `${apiVersion}/${kind}`;
}

function inNamespace(manifest: Manifest, namespace: string): Manifest {
    const { status: _, ...rest } = manifest;
    const { generateName: __, ...metadata } = (manifest.metadata ?? {}) as Record<string, unknown>;
    return { ...rest, metadata: { name: "example", ...metadata, namespace } } as Manifest;
}

function ownCases(): Manifest[] {
    return caseNames()
        .map(casesNamed)
        .flatMap(({ valid = [], invalid }) => [...valid, ...invalid].flatMap(programOf));
}

async function ofModule(module: string): Promise<Manifest[]> {
    const { folder } = await goModule(module);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".yaml"))
        .sort()
        .flatMap((file) => objectsOf(path.join(folder, file)));
}

/** Nothing, if the file is no YAML: some are templates, and some are there to be refused. */
function objectsOf(file: string): Manifest[] {
    const text = readFileSync(file, "utf8");
    if (text.length > LONGEST_FILE) return [];
    try {
        return readManifests(file, text).map(({ manifest }) => manifest);
    } catch {
        return [];
    }
}

// Imports the sandbox's images into its containerd; skips unchanged ones.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Layout } from "../layout";
import { insideNamespaces } from "../node/namespaces";
import { run } from "../processes/runCommand";
import { recipeFingerprint, writeImageArchive } from "./archive";
import type { ImageRecipe } from "./recipes";

/** @returns the names of the images that were imported. */
export async function importImages(
    layout: Layout,
    recipes: readonly ImageRecipe[],
    options: { signal: AbortSignal; onWait: (what: string) => void },
): Promise<string[]> {
    const ctr = [...insideNamespaces(layout), "ctr", "--namespace=k8s.io"];
    const present = new Set((await run([...ctr, "images", "list", "-q"])).split("\n"));
    const stamps = readStamps(layout);
    const imported: string[] = [];
    for (const recipe of recipes) {
        const fingerprint = recipeFingerprint(recipe);
        if (present.has(`docker.io/${recipe.name}`) && stamps[recipe.name] === fingerprint) {
            continue;
        }
        options.onWait(`building ${recipe.name}`);
        const archive = path.join(layout.imagesDir, `${path.basename(recipe.name)}.tar`);
        await writeImageArchive(recipe, archive, options.signal);
        options.onWait(`importing ${recipe.name}`);
        await run([...ctr, "images", "import", archive], { signal: options.signal });
        rmSync(archive);
        stamps[recipe.name] = fingerprint;
        writeStamps(layout, stamps);
        imported.push(recipe.name);
    }
    return imported;
}

/** Image name → fingerprint of its last import. */
function readStamps(layout: Layout): Record<string, string> {
    try {
        return JSON.parse(readFileSync(stampsFile(layout), "utf8"));
    } catch {
        return {};
    }
}

function writeStamps(layout: Layout, stamps: Record<string, string>): void {
    mkdirSync(layout.imagesDir, { recursive: true });
    writeFileSync(stampsFile(layout), JSON.stringify(stamps, null, 4));
}

function stampsFile(layout: Layout): string {
    return path.join(layout.imagesDir, "imported.json");
}

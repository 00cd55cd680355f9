// Writes an image as a Docker archive: manifest.json, a config, and one layer with the files and their shared libraries.
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailed, run } from "../processes/runCommand";
import type { ImageFile, ImageRecipe } from "./recipes";

/** Changes if the recipe or any of the image's files change. */
export function recipeFingerprint(recipe: ImageRecipe): string {
    const hash = createHash("sha256").update(JSON.stringify(recipe));
    for (const file of Object.values(recipe.files)) {
        if ("from" in file) {
            const { size, mtimeMs } = statSync(file.from);
            hash.update(`${size} ${mtimeMs}\n`);
        }
    }
    return hash.digest("hex").slice(0, 16);
}

/** Writes the archive to `to`, atomically. */
export async function writeImageArchive(
    recipe: ImageRecipe,
    to: string,
    signal?: AbortSignal,
): Promise<void> {
    await mkdir(path.dirname(to), { recursive: true });
    const scratch = await mkdtemp(`${to}.`);
    try {
        await stage(path.join(scratch, "root"), await withLibraries(recipe.files));
        // Dereferences, because the staged files are links. Sorted, with fixed owner and time, so that the layer is reproducible.
        await run(
            [
                ...["tar", "-C", path.join(scratch, "root"), "--dereference", "--sort=name"],
                ...["--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"],
                ...["-cf", path.join(scratch, "layer.tar"), "."],
            ],
            { signal },
        );
        const diffId = `sha256:${await sha256(path.join(scratch, "layer.tar"))}`;
        const config = JSON.stringify(imageConfig(recipe, diffId));
        const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
        const { name, alias } = recipe;
        const RepoTags = alias === undefined ? [name] : [name, alias];
        const manifest = [{ Config: configName, RepoTags, Layers: ["layer.tar"] }];
        await writeFile(path.join(scratch, configName), config);
        await writeFile(path.join(scratch, "manifest.json"), JSON.stringify(manifest));
        const whole = path.join(scratch, "image.tar");
        const content = ["manifest.json", configName, "layer.tar"];
        await run(["tar", "-C", scratch, "-cf", whole, ...content], { signal });
        await rename(whole, to);
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

export function imageConfig(recipe: ImageRecipe, diffId: string) {
    const env = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...recipe.env };
    return {
        architecture: process.arch === "x64" ? "amd64" : process.arch,
        os: "linux",
        config: {
            Entrypoint: recipe.entrypoint,
            Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
            User: recipe.user ?? "",
            WorkingDir: "/",
        },
        rootfs: { type: "layers", diff_ids: [diffId] },
        history: [{ created: "1970-01-01T00:00:00Z", created_by: "istio-canary sandbox" }],
    };
}

async function stage(root: string, files: Readonly<Record<string, ImageFile>>): Promise<void> {
    await mkdir(root, { recursive: true });
    for (const [inImage, file] of Object.entries(files)) {
        const at = path.join(root, inImage);
        await mkdir(path.dirname(at), { recursive: true });
        if ("from" in file) {
            await symlink(file.from, at);
        } else if ("content" in file) {
            await writeFile(at, file.content);
        } else {
            await mkdir(at);
            await chmod(at, 0o1777);
        }
    }
}

/** Adds the shared libraries that the files need, at the paths where the loader finds them. */
async function withLibraries(
    files: Readonly<Record<string, ImageFile>>,
): Promise<Record<string, ImageFile>> {
    const libraries: Record<string, ImageFile> = {};
    for (const file of Object.values(files)) {
        if (!("from" in file)) {
            continue;
        }
        const inner = statSync(file.from).isDirectory()
            ? readdirSync(file.from).map((name) => path.join(file.from, name))
            : [file.from];
        for (const each of inner) {
            for (const library of await sharedLibraries(each)) {
                libraries[library] = { from: library };
            }
        }
    }
    return { ...libraries, ...files };
}

async function sharedLibraries(file: string): Promise<string[]> {
    try {
        return parseLdd(await run(["ldd", file], { env: { LC_ALL: "C" } }));
    } catch (error) {
        if (error instanceof CommandFailed && /not a dynamic executable/.test(error.output)) {
            return [];
        }
        throw error;
    }
}

/** Absolute paths in ldd's output: libraries ("libc.so.6 => /lib/…/libc.so.6 (0x…)") and the loader. */
export function parseLdd(output: string): string[] {
    const missing = output.split("\n").filter((line) => line.includes("=> not found"));
    if (missing.length > 0) {
        throw new Error(`Missing shared libraries:\n${missing.join("\n")}`);
    }
    return [...output.matchAll(/(?:=>\s+|^\s*)(\/\S+)\s+\(0x/gm)].flatMap((m) => m[1] ?? []);
}

async function sha256(file: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) {
        hash.update(chunk);
    }
    return hash.digest("hex");
}

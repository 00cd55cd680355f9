// Entry point of the image. Copies the program into the state's folder, because the driver writes the stack's config and its journal
// beside it. Then runs `istio-canary run`, with `--resume` if this Job or an earlier one was stopped before its rollout ended.
const { createHash } = require("node:crypto");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const APP = path.join(__dirname, "..", "..");
const STATE = process.env.CANARY_STATE ?? "/state";
const FLAGS = process.argv.slice(2);
const JOB = process.env.CANARY_JOB ?? "alone";
const JOURNALS = path.join(STATE, ".canary");
/** One folder per stack, because other stacks may use the same PersistentVolumeClaim. */
const STACK = encodeURIComponent(FLAGS[FLAGS.indexOf("--stack") + 1] ?? "");
/** The same path as in canary/driver/journal/journal.ts. */
const OWN = path.join(JOURNALS, STACK);
const PROGRAMS = path.join(STATE, "programs", STACK);
/** Has the name of the program that the newest rollout began with. */
const BEGUN = path.join(PROGRAMS, "begun");
/** LINKED: large and never written. LEFT_OUT: not part of the program, or kept in the state. */
const LINKED = ["node_modules", "sdks"];
const LEFT_OUT = [".git", ".canary", ".sandbox", "dev", "tests"];

function copiedNames() {
    return fs.readdirSync(APP).filter((name) => ![...LINKED, ...LEFT_OUT].includes(name));
}

/** A file itself, or all files and links in a folder. */
function filesAt(place) {
    if (!fs.lstatSync(place).isDirectory()) return [place];
    return fs.readdirSync(place).flatMap((name) => filesAt(path.join(place, name)));
}

/**
 * An unfinished rollout continues with the program that it began with, because that copy's config has the current weight. A new
 * rollout begins with the image's program: one copy per Job and content, because an image tag may have been pushed again.
 */
function programFolder(open) {
    const begun = fs.existsSync(BEGUN) ? path.join(PROGRAMS, fs.readFileSync(BEGUN, "utf8")) : "";
    if (open && fs.existsSync(begun)) return begun;
    const name = `${JOB}-${contentHash()}`;
    const folder = path.join(PROGRAMS, name);
    fs.mkdirSync(PROGRAMS, { recursive: true });
    if (!fs.existsSync(folder)) copyTo(folder);
    fs.writeFileSync(`${BEGUN}.partial`, name);
    fs.renameSync(`${BEGUN}.partial`, BEGUN);
    // Remove the programs of ended rollouts.
    for (const old of fs.readdirSync(PROGRAMS)) {
        if (![name, path.basename(BEGUN)].includes(old)) {
            fs.rmSync(path.join(PROGRAMS, old), { recursive: true, force: true });
        }
    }
    return folder;
}

/** Hash of the program and its stacks' config. */
function contentHash() {
    const hash = createHash("sha256");
    for (const file of copiedNames()
        .flatMap((name) => filesAt(path.join(APP, name)))
        .sort()) {
        const linked = fs.lstatSync(file).isSymbolicLink();
        hash.update(`${file}\n`).update(linked ? fs.readlinkSync(file) : fs.readFileSync(file));
    }
    return hash.digest("hex").slice(0, 12);
}

function copyTo(folder) {
    const partial = `${folder}.partial`;
    fs.rmSync(partial, { recursive: true, force: true });
    fs.mkdirSync(partial, { recursive: true });
    fs.mkdirSync(JOURNALS, { recursive: true });
    for (const name of copiedNames()) {
        fs.cpSync(path.join(APP, name), path.join(partial, name), { recursive: true });
    }
    for (const name of LINKED) fs.symlinkSync(path.join(APP, name), path.join(partial, name));
    fs.symlinkSync(JOURNALS, path.join(partial, ".canary"));
    // Atomic: a container that is killed while copying leaves no partial program.
    fs.renameSync(partial, folder);
}

/** Journals of the stack's rollouts, oldest first: each name ends in the rollout's start time. */
function journals() {
    if (!fs.existsSync(OWN)) return [];
    return fs
        .readdirSync(OWN)
        .filter((file) => file.endsWith(".jsonl"))
        .sort((one, other) => timeOf(one).localeCompare(timeOf(other)));
}

function timeOf(file) {
    return /(\w+)\.jsonl$/.exec(file)?.[1] ?? file;
}

function hasEnded(file) {
    const lines = fs.readFileSync(path.join(OWN, file), "utf8").trimEnd().split("\n");
    try {
        return JSON.parse(lines.at(-1) ?? "").body.type === "ended";
    } catch {
        // An incomplete line: the driver was killed.
        return false;
    }
}

/** Rollouts that had ended when this Job first began. Any that ends later is this Job's own. */
function endedBeforeThisJob() {
    const file = path.join(STATE, `job-${JOB}.json`);
    if (!fs.existsSync(file)) fs.writeFileSync(file, JSON.stringify(journals().filter(hasEnded)));
    return JSON.parse(fs.readFileSync(file, "utf8"));
}

function main() {
    const before = endedBeforeThisJob();
    const last = journals().at(-1);
    const open = last !== undefined && !hasEnded(last);
    if (last !== undefined && !open && !before.includes(last)) {
        console.error(`${last} has ended. To run another rollout, create another Job.`);
        return;
    }
    const folder = programFolder(open);
    const args = [
        path.join(folder, "canary", "bin", "istio-canary.js"),
        "run",
        ...(open ? ["--resume"] : []),
    ];
    const child = spawn(process.execPath, [...args, ...FLAGS], {
        cwd: folder,
        stdio: "inherit",
        env: {
            ...process.env,
            HOME: STATE,
            PULUMI_HOME: path.join(STATE, ".pulumi"),
        },
    });
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => {
        // Exit code 1 is also that of a stopped driver. Only if the rollout has ended has the Job done its work.
        const now = journals().at(-1);
        process.exitCode = code === 1 && now !== undefined && hasEnded(now) ? 0 : (code ?? 1);
    });
}

main();

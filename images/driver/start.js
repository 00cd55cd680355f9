// What the image runs: a copy of the program in the state's folder, since the driver writes the stack's config and its journal beside
// it; then `canary run`, or `canary run --resume` where this Job, or one before it, was stopped in the middle.
const { createHash } = require("node:crypto");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const APP = path.join(__dirname, "..", "..");
const STATE = process.env.CANARY_STATE ?? "/state";
const FLAGS = process.argv.slice(2);
const JOURNALS = path.join(STATE, ".canary");
/** Of this stack: another's rollouts may be on the same claim. The names are driver/journal.ts's. */
const OWN = path.join(JOURNALS, encodeURIComponent(FLAGS[FLAGS.indexOf("--stack") + 1] ?? ""));
/** Not copied: what is large and never written, and what is the state's own. */
const LINKED = ["node_modules", "sdks"];
const LEFT_OUT = [".git", ".canary", ".sandbox", "bench", "tests"];

function copied() {
    return fs.readdirSync(APP).filter((name) => ![...LINKED, ...LEFT_OUT].includes(name));
}

/** The files and links below a place, or the one that it is. */
function filesAt(place) {
    if (!fs.lstatSync(place).isDirectory()) return [place];
    return fs.readdirSync(place).flatMap((name) => filesAt(path.join(place, name)));
}

/** One folder per content of the program and its stacks' config: a restart finds the weight that was written, another image its own. */
function programFolder() {
    const hash = createHash("sha256");
    for (const file of copied()
        .flatMap((name) => filesAt(path.join(APP, name)))
        .sort()) {
        const linked = fs.lstatSync(file).isSymbolicLink();
        hash.update(`${file}\n`).update(linked ? fs.readlinkSync(file) : fs.readFileSync(file));
    }
    const folder = path.join(STATE, `program-${hash.digest("hex").slice(0, 12)}`);
    if (fs.existsSync(folder)) return folder;
    const partial = `${folder}.partial`;
    fs.rmSync(partial, { recursive: true, force: true });
    fs.mkdirSync(partial, { recursive: true });
    fs.mkdirSync(JOURNALS, { recursive: true });
    for (const name of copied()) {
        fs.cpSync(path.join(APP, name), path.join(partial, name), { recursive: true });
    }
    for (const name of LINKED) fs.symlinkSync(path.join(APP, name), path.join(partial, name));
    fs.symlinkSync(JOURNALS, path.join(partial, ".canary"));
    // A container that is killed while it copies leaves no half of a program.
    fs.renameSync(partial, folder);
    return folder;
}

/** Journals of the stack's rollouts, the oldest first: each name ends in the time at which it began. */
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
        // Cut off in the middle of a line: so was its driver.
        return false;
    }
}

/** What was there when this Job first began: what came later is its own. */
function foundByThisJob() {
    const file = path.join(STATE, `job-${process.env.CANARY_JOB ?? "alone"}.json`);
    if (!fs.existsSync(file)) fs.writeFileSync(file, JSON.stringify(journals()));
    return JSON.parse(fs.readFileSync(file, "utf8"));
}

function main() {
    const folder = programFolder();
    const found = foundByThisJob();
    const last = journals().at(-1);
    const open = last !== undefined && !hasEnded(last);
    if (last !== undefined && !open && !found.includes(last)) {
        console.error(`${last} has ended; another rollout is another Job`);
        return;
    }
    const args = [path.join(folder, "cli", "canary.js"), "run", ...(open ? ["--resume"] : [])];
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
        // A rollback is an end too: the Job has done what it is for. A driver that was stopped has not.
        const now = journals().at(-1);
        process.exitCode = code === 1 && now !== undefined && hasEnded(now) ? 0 : (code ?? 1);
    });
}

main();

// What the image runs: a copy of the program in the state's folder, since the driver writes the stack's config and its journal beside
// it; then `istio-canary run`, or `istio-canary run --resume` where this Job, or one before it, was stopped in the middle.
const { createHash } = require("node:crypto");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const APP = path.join(__dirname, "..", "..");
const STATE = process.env.CANARY_STATE ?? "/state";
const FLAGS = process.argv.slice(2);
const JOB = process.env.CANARY_JOB ?? "alone";
const JOURNALS = path.join(STATE, ".canary");
/** Of this stack: others' rollouts may be on the same claim. */
const STACK = encodeURIComponent(FLAGS[FLAGS.indexOf("--stack") + 1] ?? "");
/** The names are canary/driver/journal/journal.ts's. */
const OWN = path.join(JOURNALS, STACK);
const PROGRAMS = path.join(STATE, "programs", STACK);
/** Names the program that the newest rollout began with. */
const BEGUN = path.join(PROGRAMS, "begun");
/** Not copied: what is large and never written, and what is the state's own. */
const LINKED = ["node_modules", "sdks"];
const LEFT_OUT = [".git", ".canary", ".sandbox", "dev", "tests"];

function copied() {
    return fs.readdirSync(APP).filter((name) => ![...LINKED, ...LEFT_OUT].includes(name));
}

/** The files and links below a place, or the one that it is. */
function filesAt(place) {
    if (!fs.lstatSync(place).isDirectory()) return [place];
    return fs.readdirSync(place).flatMap((name) => filesAt(path.join(place, name)));
}

/**
 * An open rollout ends with the program that it began with, in which the weight that was reached is; a new one begins with what
 * the image has: one copy per Job, and per content, where a tag was pushed again.
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
    // Of rollouts that have ended.
    for (const old of fs.readdirSync(PROGRAMS)) {
        if (![name, path.basename(BEGUN)].includes(old)) {
            fs.rmSync(path.join(PROGRAMS, old), { recursive: true, force: true });
        }
    }
    return folder;
}

/** Of the program and its stacks' config. */
function contentHash() {
    const hash = createHash("sha256");
    for (const file of copied()
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
    for (const name of copied()) {
        fs.cpSync(path.join(APP, name), path.join(partial, name), { recursive: true });
    }
    for (const name of LINKED) fs.symlinkSync(path.join(APP, name), path.join(partial, name));
    fs.symlinkSync(JOURNALS, path.join(partial, ".canary"));
    // A container that is killed while it copies leaves no half of a program.
    fs.renameSync(partial, folder);
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

/** What had ended when this Job first began: what ends later is its own. */
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
        console.error(`${last} has ended; another rollout is another Job`);
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
        // A rollback is an end too: the Job has done what it is for. A driver that was stopped has not.
        const now = journals().at(-1);
        process.exitCode = code === 1 && now !== undefined && hasEnded(now) ? 0 : (code ?? 1);
    });
}

main();

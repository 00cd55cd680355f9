// The image's entry point, with a fake `istio-canary` that writes a journal and exits with a given code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    copyFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";

/** Prints its arguments. END: "ended", "open", or "" for no journal. CODE: its exit code. */
const COMMAND = `
const fs = require("node:fs");
const { END, CODE, ID } = process.env;
console.log(JSON.stringify(process.argv.slice(2)));
fs.appendFileSync("Pulumi.prod.yaml", "# written\\n");
if (END) {
    fs.mkdirSync(".canary/prod", { recursive: true });
    const line = (type) => JSON.stringify({ seq: 0, at: 0, body: { type }, sha256: "" }) + "\\n";
    const text = line("started") + (END === "ended" ? line("ended") : '{"seq":1,"at"');
    fs.writeFileSync(".canary/prod/" + ID + ".jsonl", text);
}
process.exitCode = Number(CODE);
`;

describe("canary/image/start.js", () => {
    let folder: string;
    let app: string;
    let state: string;

    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "driver-start-"));
        app = path.join(folder, "app");
        state = path.join(folder, "state");
        for (const name of ["canary/image", "canary/bin", "sdks", "node_modules/dependency"]) {
            mkdirSync(path.join(app, name), { recursive: true });
        }
        mkdirSync(state);
        copyFileSync(
            path.join(CHECKOUT, "canary", "image", "start.js"),
            path.join(app, "canary", "image", "start.js"),
        );
        writeFileSync(path.join(app, "canary", "bin", "istio-canary.js"), COMMAND);
        writeFileSync(path.join(app, "node_modules", "dependency", "index.js"), "");
        writeFileSync(path.join(app, "Pulumi.prod.yaml"), "config: {}\n");
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    /** Starts the container once. @returns its exit code, and the arguments of each `istio-canary` that it ran. */
    function start(job: string, id: string, end: "ended" | "open" | "", code: number) {
        const env = { CANARY_STATE: state, CANARY_JOB: job, ID: id, END: end, CODE: String(code) };
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [path.join(app, "canary", "image", "start.js"), "--stack", "prod"],
            { env: { ...process.env, ...env }, encoding: "utf8" },
        );
        const lines = stdout.split("\n").filter((line) => line !== "");
        assert.doesNotMatch(stderr, /Error/);
        return { status, started: lines.map((line) => JSON.parse(line).join(" ")) };
    }

    /** The stack's config in each program on the claim. */
    function configs(): string[] {
        const programs = path.join(state, "programs", "prod");
        return readdirSync(programs, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map(({ name }) => readFileSync(path.join(programs, name, "Pulumi.prod.yaml"), "utf8"));
    }

    const RUN = ["run --stack prod"];
    const RESUME = ["run --resume --stack prod"];

    it("writes only to the state's folder", () => {
        const before = readFileSync(path.join(app, "Pulumi.prod.yaml"), "utf8");
        assert.deepEqual(start("a", "web-20261121T131200Z", "ended", 0).started, RUN);
        assert.equal(readFileSync(path.join(app, "Pulumi.prod.yaml"), "utf8"), before);
        assert.ok(!existsSync(path.join(app, ".canary")));
        assert.ok(existsSync(path.join(state, ".canary/prod/web-20261121T131200Z.jsonl")));
    });

    it("succeeds after a rollback", () => {
        assert.equal(start("a", "web-20261121T131200Z", "ended", 1).status, 0);
    });

    it("resumes after its driver was killed, with the config that the driver wrote", () => {
        assert.equal(start("a", "web-20261121T131200Z", "open", 137).status, 137);
        const again = start("a", "web-20261121T131200Z", "ended", 0);
        assert.deepEqual([again.status, again.started], [0, RESUME]);
        const [config = ""] = configs();
        assert.equal(config.split("# written").length - 1, 2);
    });

    it("resumes after its driver was stopped before the rollout ended", () => {
        assert.equal(start("a", "web-20261121T131200Z", "open", 1).status, 1);
        assert.deepEqual(start("a", "web-20261121T131200Z", "ended", 0).started, RESUME);
    });

    it("runs only one rollout per Job", () => {
        start("a", "web-20261121T131200Z", "ended", 1);
        assert.deepEqual(start("a", "web-20261121T140000Z", "ended", 0), {
            status: 0,
            started: [],
        });
    });

    it("runs another rollout in the next Job, and retries one that could not begin", () => {
        start("a", "web-20261121T131200Z", "ended", 1);
        assert.equal(start("b", "", "", 2).status, 2);
        assert.deepEqual(start("b", "web-20261121T150000Z", "ended", 0), {
            status: 0,
            started: RUN,
        });
    });

    it("uses the config and program of a new image, and removes older ones", () => {
        start("a", "web-20261121T131200Z", "ended", 0);
        writeFileSync(path.join(app, "Pulumi.prod.yaml"), "config: {istio-canary:weight: 0}\n");
        start("b", "web-20261121T150000Z", "ended", 0);
        assert.deepEqual(configs(), ["config: {istio-canary:weight: 0}\n# written\n"]);
        writeFileSync(
            path.join(app, "canary", "bin", "istio-canary.js"),
            "console.log('[\"new program\"]')",
        );
        assert.deepEqual(start("c", "web-20261121T160000Z", "ended", 0).started, ["new program"]);
    });

    it("starts another Job with the image's config, even if the image is the same", () => {
        start("a", "web-20261121T131200Z", "ended", 0);
        start("b", "web-20261121T150000Z", "ended", 0);
        assert.deepEqual(configs(), ["config: {}\n# written\n"]);
    });

    it("ends a rollout with the program that began it, also in another Job", () => {
        start("a", "web-20261121T131200Z", "open", 137);
        writeFileSync(path.join(app, "Pulumi.prod.yaml"), "config: {istio-canary:weight: 0}\n");
        assert.deepEqual(start("b", "web-20261121T131200Z", "open", 137).started, RESUME);
        assert.deepEqual(start("b", "web-20261121T131200Z", "ended", 1), {
            status: 0,
            started: RESUME,
        });
        assert.deepEqual(configs(), ["config: {}\n# written\n# written\n# written\n"]);
        // The rollout ended in this Job, so another start runs nothing.
        assert.deepEqual(start("b", "web-20261121T170000Z", "ended", 0).started, []);
    });

    it("ignores an open rollout of another stack on the same claim", () => {
        mkdirSync(path.join(state, ".canary", "test"), { recursive: true });
        const open = JSON.stringify({ seq: 0, at: 0, body: { type: "started" }, sha256: "" });
        writeFileSync(path.join(state, ".canary", "test", "api-20261121T200000Z.jsonl"), open);
        assert.deepEqual(start("a", "web-20261121T131200Z", "ended", 0).started, RUN);
        assert.deepEqual(start("a", "web-20261121T140000Z", "ended", 0).started, []);
    });
});

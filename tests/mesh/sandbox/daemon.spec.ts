// The life cycle of a daemon, with a shell as the daemon.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tearDown } from "../../../dev/sandbox/down";
import { type Layout, sandboxLayout } from "../../../dev/sandbox/layout";
import {
    type Daemon,
    daemonStatus,
    logFile,
    startDaemon,
    stopDaemon,
} from "../../../dev/sandbox/processes/daemon";
import { eventually } from "../harness/cluster";

describe("a daemon", () => {
    let checkout: string;
    let layout: Layout;
    const waited: string[] = [];
    const options = {
        signal: new AbortController().signal,
        onWait: (reason: string) => void waited.push(reason),
    };

    beforeEach(() => {
        checkout = mkdtempSync(path.join(realpathSync(tmpdir()), "canary-daemon-"));
        layout = sandboxLayout(checkout);
        waited.length = 0;
    });

    afterEach(async () => {
        await tearDown(layout);
        rmSync(checkout, { recursive: true });
    });

    /** A daemon that is healthy once the file `ready` exists. */
    const daemon = (script: string, change: Partial<Daemon> = {}): Daemon => ({
        name: "shell",
        after: [],
        on: "host",
        command: ["sh", "-c", script],
        health: { command: ["test", "-e", path.join(checkout, "ready")] },
        ...change,
    });
    const makeReady = () => `sleep 0.3; : > '${checkout}/ready'; echo here; exec sleep 600`;
    const status = (of: Daemon) => daemonStatus(layout, of);

    it("is started once and left alone while it is healthy", async () => {
        const shell = daemon(makeReady());
        assert.equal(await startDaemon(layout, shell, options), true);
        const { pid, state } = await status(shell);
        assert.equal(state, "healthy");
        assert.ok(waited.length > 0, "it reported what it was waiting for");
        assert.equal(await startDaemon(layout, shell, options), false);
        assert.equal((await status(shell)).pid, pid);
        assert.equal(readFileSync(logFile(layout, "shell"), "utf8"), "here\n");
    });

    it("fails at once if it exits before it is healthy, with its last output and its log's path", async () => {
        const shell = daemon("echo no such flag >&2; exit 3", { startTimeout: 600 });
        await assert.rejects(startDaemon(layout, shell, options), {
            name: "DaemonFailed",
            message: `shell exited with code 3\n    no such flag\nFull log: ${logFile(layout, "shell")}`,
        });
        assert.equal((await status(shell)).state, "stopped");
    });

    it("fails with the reason and is stopped if it is not healthy in time", async () => {
        const shell = daemon("echo trying; exec sleep 600", { startTimeout: 1 });
        await assert.rejects(startDaemon(layout, shell, options), {
            message:
                /^shell was not healthy within 1 s: test -e .* exited with code 1\n {4}trying\nFull log: /,
        });
        assert.deepEqual(await status(shell), {
            name: "shell",
            state: "stopped",
            reason: "not started",
            address: undefined,
        });
    });

    it("fails if its program does not exist", async () => {
        const shell = daemon("", { command: ["/no/such/program"] });
        await assert.rejects(startDaemon(layout, shell, options), {
            message: /^shell exited with code 127\n.*\/no\/such\/program: not found/,
        });
    });

    it("is restarted if its command changed", async () => {
        await startDaemon(layout, daemon(makeReady()), options);
        const { pid } = await status(daemon(makeReady()));
        const changed = daemon(`${makeReady()} # changed`);
        assert.equal(await startDaemon(layout, changed, options), true);
        assert.notEqual((await status(changed)).pid, pid);
    });

    it("is stopped with all its children, even if they ignore SIGTERM", async () => {
        const children = `trap '' TERM; sleep 600 & echo $! > '${checkout}/child'; ${makeReady()}`;
        const shell = daemon(children);
        await startDaemon(layout, shell, options);
        const child = Number(readFileSync(path.join(checkout, "child"), "utf8"));
        const pid = (await status(shell)).pid ?? 0;
        await stopDaemon(layout, shell);
        assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
        await eventually(
            "the child's exit",
            5,
            async () => {
                try {
                    return process.kill(child, 0);
                } catch {
                    return false;
                }
            },
            (alive) => !alive,
        );
    });

    it("is found by its cgroup and replaced if its record is lost", async () => {
        const shell = daemon(makeReady());
        await startDaemon(layout, shell, options);
        const pid = (await status(shell)).pid ?? 0;
        writeFileSync(path.join(layout.partsDir, "shell.json"), "{");
        await startDaemon(layout, shell, options);
        assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
        assert.equal((await status(shell)).state, "healthy");
    });
});

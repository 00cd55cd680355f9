// One daemon's life, with a shell as the daemon: ready, ended, too late, stubborn, changed.
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

    /** It is healthy once the file `ready` is there. */
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

    it("is started once: as long as it is healthy it is left alone", async () => {
        const shell = daemon(makeReady());
        assert.equal(await startDaemon(layout, shell, options), true);
        const { pid, state } = await status(shell);
        assert.equal(state, "healthy");
        assert.ok(waited.length > 0, "it told what it was waiting for");
        assert.equal(await startDaemon(layout, shell, options), false);
        assert.equal((await status(shell)).pid, pid);
        assert.equal(readFileSync(logFile(layout, "shell"), "utf8"), "here\n");
    });

    it("that ends before it is healthy fails at once, with its last words and where the rest is", async () => {
        const shell = daemon("echo no such flag >&2; exit 3", { startTimeout: 600 });
        await assert.rejects(startDaemon(layout, shell, options), {
            name: "DaemonFailed",
            message: `shell ended with exit code 3\n    no such flag\nThe whole log: ${logFile(layout, "shell")}`,
        });
        assert.equal((await status(shell)).state, "stopped");
    });

    it("that is not healthy in time fails with the reason, and does not run on", async () => {
        const shell = daemon("echo trying; exec sleep 600", { startTimeout: 1 });
        await assert.rejects(startDaemon(layout, shell, options), {
            message:
                /^shell was not healthy within 1 s: test -e .* ended with exit code 1\n {4}trying\nThe whole log: /,
        });
        assert.deepEqual(await status(shell), {
            name: "shell",
            state: "stopped",
            reason: "not started",
            address: undefined,
        });
    });

    it("that cannot be run at all says so", async () => {
        const shell = daemon("", { command: ["/no/such/program"] });
        await assert.rejects(startDaemon(layout, shell, options), {
            message: /^shell ended with exit code 127\n.*\/no\/such\/program: not found/,
        });
    });

    it("is started anew when its command has changed", async () => {
        await startDaemon(layout, daemon(makeReady()), options);
        const { pid } = await status(daemon(makeReady()));
        const changed = daemon(`${makeReady()} # changed`);
        assert.equal(await startDaemon(layout, changed, options), true);
        assert.notEqual((await status(changed)).pid, pid);
    });

    it("is stopped with all of its children, also when they do not listen", async () => {
        const children = `trap '' TERM; sleep 600 & echo $! > '${checkout}/child'; ${makeReady()}`;
        const shell = daemon(children);
        await startDaemon(layout, shell, options);
        const child = Number(readFileSync(path.join(checkout, "child"), "utf8"));
        const pid = (await status(shell)).pid ?? 0;
        await stopDaemon(layout, shell);
        assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
        await eventually(
            "the child's end",
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

    it("whose record is lost is found by its cgroup and replaced, not doubled", async () => {
        const shell = daemon(makeReady());
        await startDaemon(layout, shell, options);
        const pid = (await status(shell)).pid ?? 0;
        writeFileSync(path.join(layout.partsDir, "shell.json"), "{");
        await startDaemon(layout, shell, options);
        assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
        assert.equal((await status(shell)).state, "healthy");
    });
});

// A sandbox's names, paths and ports, which derive from its checkout's path.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sandboxId, sandboxLayout } from "../../../../dev/sandbox/layout";
import { freePorts, portCandidates } from "../../../../dev/sandbox/node/nodePorts";

describe("sandboxLayout", () => {
    let dir: string;
    before(() => {
        dir = realpathSync(mkdtempSync(path.join(tmpdir(), "canary-layout-")));
    });
    after(() => rmSync(dir, { recursive: true }));

    it("returns the same layout for a checkout and a symbolic link to it", () => {
        const real = path.join(dir, "real");
        mkdirSync(real);
        symlinkSync(real, path.join(dir, "link"));
        assert.deepEqual(sandboxLayout(path.join(dir, "link")), sandboxLayout(real));
    });

    it("shares no path or name between two checkouts", () => {
        mkdirSync(path.join(dir, "one"));
        mkdirSync(path.join(dir, "two"));
        const one = new Set<string>(Object.values(sandboxLayout(path.join(dir, "one"))));
        const two = Object.values(sandboxLayout(path.join(dir, "two")));
        assert.deepEqual(
            two.filter((value) => one.has(value)),
            [],
        );
    });

    it("keeps socket paths short for a deeply nested checkout", () => {
        const deep = path.join(dir, "d".repeat(100), "e".repeat(100));
        mkdirSync(deep, { recursive: true });
        assert.ok(sandboxLayout(deep).runDir.length < 40);
    });

    it("names a sandbox with eight hex digits derived from its path", () => {
        assert.match(sandboxId("/some/where"), /^canary-[0-9a-f]{8}$/);
        assert.equal(sandboxId("/some/where"), sandboxId("/some/where"));
        assert.notEqual(sandboxId("/some/where"), sandboxId("/some/where/else"));
    });
});

describe("freePorts", () => {
    it("returns four distinct ports, the same ones for the same checkout", async () => {
        const id = sandboxId("/a/checkout");
        const ports = await freePorts(id);
        assert.equal(new Set(Object.values(ports)).size, 4);
        assert.deepEqual(await freePorts(id), ports);
    });

    it("stays below the port range of outgoing connections", () => {
        for (const port of portCandidates("canary-ffffffff")) {
            assert.ok(port >= 20_000 && port < 32_768, String(port));
        }
    });

    it("skips a port that is in use", async () => {
        const { createServer } = await import("node:net");
        const id = sandboxId("/another/checkout");
        const free = await freePorts(id);
        const server = createServer();
        await new Promise<void>((resolve) => {
            server.listen(free.api, "127.0.0.1", resolve);
        });
        try {
            const next = await freePorts(id);
            assert.equal(next.api, free.prometheus);
            assert.notEqual(next.prometheus, free.api);
        } finally {
            server.close();
        }
    });
});

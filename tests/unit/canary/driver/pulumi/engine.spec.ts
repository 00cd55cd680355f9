import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig } from "../../../../../canary/analysis/config/readConfig";
import { saidIn } from "../../../../../canary/driver/pulumi/command";
import { holdersIn, stale } from "../../../../../canary/driver/pulumi/lock";
import { StackFile } from "../../../../../canary/driver/pulumi/stackFile";

describe("a stack's config file", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "canary-stack-"));
    });
    after(() => rmSync(folder, { recursive: true }));
    const text = [
        "# Of the shop.",
        "config:",
        "  istio-canary:app: web # its name",
        '  istio-canary:weight: "10"',
        "  istio-canary:versions:",
        "    v1: {image: web:1}",
        "  shop:token:",
        "    secure: AAABAE",
        "",
    ].join("\n");
    const file = () => {
        const name = path.join(folder, "Pulumi.prod.yaml");
        writeFileSync(name, text);
        return { file: new StackFile(folder, "acme/prod"), name };
    };

    it("changes one line, and keeps comments and everything else", async () => {
        const { file: stack, name } = file();
        await stack.set({ "istio-canary:weight": 25 });
        assert.equal(readFileSync(name, "utf8"), text.replace('"10"', '"25"'));
        assert.equal(await stack.get("istio-canary:weight"), "25");
        assert.deepEqual(readdirSync(folder), ["Pulumi.prod.yaml"]);
    });

    it("adds a key that is not there", async () => {
        const { file: stack } = file();
        await stack.set({ "istio-canary:stable": "v2" });
        assert.equal(await stack.get("istio-canary:stable"), "v2");
        assert.equal(await stack.get("istio-canary:canary"), undefined);
    });

    it("adds it without formatting anything anew, wherever the config ends", async () => {
        for (const rest of ["", "encryptionsalt: v1:x\n"]) {
            const { file: stack, name } = file();
            writeFileSync(name, text + rest);
            await stack.set({ "istio-canary:stable": "v2" });
            const line = '  istio-canary:stable: "v2"\n';
            assert.equal(readFileSync(name, "utf8"), text + line + rest);
        }
    });

    it("leaves a mapping as it is", async () => {
        const { file: stack, name } = file();
        const set = stack.set({ "shop:token": "x" });
        await assert.rejects(set, /config\.shop:token must be a plain value to be set/);
        assert.equal(readFileSync(name, "utf8"), text);
    });

    it("leaves a file that is none as it is", async () => {
        const { file: stack, name } = file();
        writeFileSync(name, "- no\n- config\n");
        await assert.rejects(stack.set({ "istio-canary:weight": 0 }), /must be a mapping/);
        assert.equal(readFileSync(name, "utf8"), "- no\n- config\n");
    });
});

describe("a stack's lock", () => {
    const refusal = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/istio-canary/dev/0b.json: created by ada@desk (pid 4711) at 2026-11-21T12:00:00Z`;

    it("is cleared where its process on this host is dead", () => {
        const found = stale(holdersIn(refusal), "desk", () => false);
        assert.deepEqual(found, {
            clear: true,
            reason: "the stack's lock of ada@desk (pid 4711) is cleared: that process is dead",
        });
    });

    it("is left where that process lives, is another host's, or is not known", () => {
        assert.match(
            stale(holdersIn(refusal), "desk", () => true).reason,
            /ada@desk \(pid 4711\), which is running/,
        );
        assert.match(stale(holdersIn(refusal), "other", () => false).reason, /another host/);
        assert.equal(stale(holdersIn("[409] Conflict"), "desk", () => false).clear, false);
    });

    it("is cleared where its host is known to have ended, and no other one's with it", () => {
        const ended = new Set(["desk"]);
        assert.equal(stale(holdersIn(refusal), "other", () => true, ended).clear, true);
        const two = `${refusal}\n  file:///x.json: created by bob@lap (pid 1) at 2026`;
        assert.equal(stale(holdersIn(two), "other", () => true, ended).clear, false);
        assert.equal(stale(holdersIn(refusal), "desk", () => true, ended).clear, false);
    });

    it("has a name where the backend is a folder, so that no other one is cleared with it", () => {
        const [{ file } = { file: "" }] = holdersIn(
            refusal.replace(".json:", ".json?no_tmp_dir=true:"),
        );
        assert.equal(file, "/state/.pulumi/locks/organization/istio-canary/dev/0b.json");
        const [elsewhere] = holdersIn(refusal.replace("file:///state", "s3://state"));
        assert.equal(elsewhere?.file, undefined);
    });

    it("of two is left as long as one of them lives", () => {
        const two = `${refusal}\n  file:///x.json: created by bob@desk (pid 1) at 2026`;
        assert.equal(stale(holdersIn(two), "desk", (pid) => pid === 1).clear, false);
    });
});

describe("what pulumi says is wrong", () => {
    const output = [
        "Updating (dev):",
        "@ updating....",
        "Diagnostics:",
        "  kubernetes:apps/v1:Deployment (web-v2-deployment):",
        "    error: 1 error occurred: no pod got ready",
        "",
        "Outputs:",
        '    weight: "10"',
        "",
        "Resources:",
        "    3 unchanged",
    ];

    it("is its diagnostics, wherever they end", () => {
        const said =
            "kubernetes:apps/v1:Deployment (web-v2-deployment):\n    error: 1 error occurred: no pod got ready";
        assert.equal(saidIn(output.join("\n"), "warning: old"), said);
        assert.equal(saidIn(output.slice(0, 5).join("\n"), ""), said);
    });

    it("is what it wrote else, where it did not come to them", () => {
        assert.equal(
            saidIn("", "error: no stack named 'x' found\n"),
            "error: no stack named 'x' found",
        );
        assert.equal(saidIn("Updating (dev):\n", ""), "Updating (dev):");
    });
});

describe("a stack's whole config", () => {
    const all = {
        "istio-canary:app": { value: "web" },
        "istio-canary:namespace": { value: "shop" },
        "istio-canary:versions": { value: '{"v1":{"image":"web:1"}}' },
        "kubernetes:context": { value: "prod" },
    };

    it("has the program's keys, and the driver's with their defaults", () => {
        const { rollout, driver } = readConfig(
            { ...all, "canary:analysis": { value: '{"interval":"15s"}' } },
            "istio-canary",
        );
        assert.deepEqual([rollout.app, driver.analysis.interval, driver.gates], ["web", "15s", []]);
    });

    it("names every problem of both at once", () => {
        const wrong = {
            ...all,
            "istio-canary:weight": { value: "101" },
            "canary:analysis": { value: '{"falseRollback":2,"minDwel":"5s"}' },
            "canary:prometheus": { value: '{"username":"ada"}' },
            "canary:gatez": { value: "[]" },
        };
        assert.throws(
            () => readConfig(wrong, "istio-canary"),
            (error: Error) => {
                for (const line of [
                    /istio-canary:weight: expected an integer from 0 to 100, got 101\./,
                    /canary:analysis\.falseRollback: expected a number from 0.000001 to 0.2, got 2\./,
                    /canary:analysis\.minDwel: unknown key; did you mean `minDwell`\?/,
                    /canary:prometheus\.password: expected a value, because username is set, got nothing\./,
                    /canary:gatez: unknown key; did you mean `gates`\?/,
                ]) {
                    assert.match(error.message, line);
                }
                return true;
            },
        );
    });

    it("does not say what is wrong in an encrypted key, only where", () => {
        const value = '{"bearerToken":4711}';
        const wrong = { ...all, "canary:prometheus": { value, secret: true } };
        assert.throws(
            () => readConfig(wrong, "istio-canary"),
            ({ message }: Error) => {
                assert.match(
                    message,
                    /canary:prometheus\.bearerToken: expected .*, got \[secret\]\./,
                );
                assert.doesNotMatch(message, /4711/);
                return true;
            },
        );
    });

    it("has a hash that the weight does not change, and an image does", () => {
        const hash = (more: object) => readConfig({ ...all, ...more }, "istio-canary").hash;
        assert.equal(hash({ "istio-canary:weight": { value: "0" } }), hash({}));
        assert.notEqual(
            hash({ "istio-canary:versions": { value: '{"v1":{"image":"web:2"}}' } }),
            hash({}),
        );
    });
});

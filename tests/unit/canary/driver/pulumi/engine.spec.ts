import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execaSync } from "execa";
import { readConfig } from "../../../../../canary/analysis/config/readConfig";
import { diagnosticsIn } from "../../../../../canary/driver/pulumi/command";
import { compileCache } from "../../../../../canary/driver/pulumi/engine";
import { holdersIn, lockVerdict } from "../../../../../canary/driver/pulumi/lock";
import { pinOtherWeights } from "../../../../../canary/driver/pulumi/otherWeights";
import { ProgramWeights } from "../../../../../canary/driver/pulumi/programWeights";
import { StackFile } from "../../../../../canary/driver/pulumi/stackFile";
import { takeTurn } from "../../../../../canary/driver/pulumi/turn";
import { driverConfigOf } from "../../../../fixtures/driver/stackConfig";

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

    it("changes one line, and keeps comments and all other lines", async () => {
        const { file: stack, name } = file();
        await stack.set({ "istio-canary:weight": 25 });
        assert.equal(readFileSync(name, "utf8"), text.replace('"10"', '"25"'));
        assert.equal(await stack.get("istio-canary:weight"), "25");
        assert.deepEqual(readdirSync(folder), ["Pulumi.prod.yaml"]);
    });

    it("gets a new key", async () => {
        const { file: stack } = file();
        await stack.set({ "istio-canary:stable": "v2" });
        assert.equal(await stack.get("istio-canary:stable"), "v2");
        assert.equal(await stack.get("istio-canary:canary"), undefined);
    });

    it("keeps its format when it gets a new key, wherever the config ends", async () => {
        for (const rest of ["", "encryptionsalt: v1:x\n"]) {
            const { file: stack, name } = file();
            writeFileSync(name, text + rest);
            await stack.set({ "istio-canary:stable": "v2" });
            const line = '  istio-canary:stable: "v2"\n';
            assert.equal(readFileSync(name, "utf8"), text + line + rest);
        }
    });

    it("stays unchanged if the key has a mapping", async () => {
        const { file: stack, name } = file();
        const set = stack.set({ "shop:token": "x" });
        await assert.rejects(
            set,
            /config\.shop:token: expected a plain value, got a mapping or list/,
        );
        assert.equal(readFileSync(name, "utf8"), text);
    });

    it("stays unchanged if it is not a stack's config", async () => {
        const { file: stack, name } = file();
        writeFileSync(name, "- no\n- config\n");
        await assert.rejects(stack.set({ "istio-canary:weight": 0 }), /expected a mapping/);
        assert.equal(readFileSync(name, "utf8"), "- no\n- config\n");
    });
});

describe("the compile cache of programs", () => {
    it("is the folder that Node.js takes by default, unless the user has chosen one", () => {
        const script = "console.log(require('node:module').enableCompileCache?.().directory ?? '')";
        const found = execaSync(process.execPath, ["-e", script], {
            env: { NODE_COMPILE_CACHE: undefined },
        });
        const { NODE_COMPILE_CACHE: folder = "" } = compileCache({});
        assert.ok(path.isAbsolute(folder));
        // Node.js 20 has none.
        assert.ok(found.stdout === "" || found.stdout.startsWith(folder), found.stdout);
        assert.deepEqual(compileCache({ NODE_COMPILE_CACHE: "/home/ada/cache" }), {});
    });
});

describe("a stack's lock", () => {
    const refusal = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/istio-canary/dev/0b.json: created by ada@desk (pid 4711) at 2026-11-21T12:00:00Z`;

    it("is cleared if its process on this host has ended", () => {
        const found = lockVerdict(holdersIn(refusal), "desk", () => false);
        assert.deepEqual(found, {
            clear: true,
            reason: "cleared the stack's lock: its holder ada@desk (pid 4711) has ended",
        });
    });

    it("is kept if its process is running, is on another host, or is unknown", () => {
        assert.match(
            lockVerdict(holdersIn(refusal), "desk", () => true).reason,
            /ada@desk \(pid 4711\), which is running/,
        );
        assert.match(lockVerdict(holdersIn(refusal), "other", () => false).reason, /another host/);
        assert.equal(lockVerdict(holdersIn("[409] Conflict"), "desk", () => false).clear, false);
    });

    it("is cleared if its host is known to have ended, without any other host's lock", () => {
        const ended = new Set(["desk"]);
        assert.equal(lockVerdict(holdersIn(refusal), "other", () => true, ended).clear, true);
        const two = `${refusal}\n  file:///x.json: created by bob@lap (pid 1) at 2026`;
        assert.equal(lockVerdict(holdersIn(two), "other", () => true, ended).clear, false);
        assert.equal(lockVerdict(holdersIn(refusal), "desk", () => true, ended).clear, false);
    });

    it("has a file name if the backend is a folder, so that no other lock is cleared with it", () => {
        const [{ file } = { file: "" }] = holdersIn(
            refusal.replace(".json:", ".json?no_tmp_dir=true:"),
        );
        assert.equal(file, "/state/.pulumi/locks/organization/istio-canary/dev/0b.json");
        const [elsewhere] = holdersIn(refusal.replace("file:///state", "s3://state"));
        assert.equal(elsewhere?.file, undefined);
    });

    it("is kept if one of two holders is running", () => {
        const two = `${refusal}\n  file:///x.json: created by bob@desk (pid 1) at 2026`;
        assert.equal(lockVerdict(holdersIn(two), "desk", (pid) => pid === 1).clear, false);
    });
});

describe("diagnosticsIn", () => {
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

    it("returns Pulumi's diagnostics, wherever they end", () => {
        const diagnostics =
            "kubernetes:apps/v1:Deployment (web-v2-deployment):\n    error: 1 error occurred: no pod got ready";
        assert.equal(diagnosticsIn(output.join("\n"), "warning: old"), diagnostics);
        assert.equal(diagnosticsIn(output.slice(0, 5).join("\n"), ""), diagnostics);
    });

    it("returns the other output if there are no diagnostics", () => {
        assert.equal(
            diagnosticsIn("", "error: no stack named 'x' found\n"),
            "error: no stack named 'x' found",
        );
        assert.equal(diagnosticsIn("Updating (dev):\n", ""), "Updating (dev):");
    });
});

describe("readConfig", () => {
    const all = {
        "istio-canary:versions": { value: '{"v1":{"image":"web:1"}}' },
        "kubernetes:context": { value: "prod" },
    };
    const { rollout } = driverConfigOf();

    it("returns the rollout, the cluster, and the driver's config with its defaults", () => {
        const values = { ...all, "canary:analysis": { value: '{"interval":"15s"}' } };
        const { rollout: found, driver, cluster } = readConfig(values, rollout);
        assert.equal(found, rollout);
        assert.deepEqual([driver.analysis.interval, driver.gates], ["15s", []]);
        assert.equal(cluster.context, "prod");
    });

    it("names every problem at once", () => {
        const wrong = {
            ...all,
            "canary:analysis": { value: '{"falseRollback":2,"minDwel":"5s"}' },
            "canary:prometheus": { value: '{"username":"ada"}' },
            "canary:gatez": { value: "[]" },
        };
        assert.throws(
            () => readConfig(wrong, rollout),
            (error: Error) => {
                for (const line of [
                    /canary:analysis\.falseRollback: expected a number from 0.000001 to 0.2, got 2\./,
                    /canary:analysis\.minDwel: unknown key; did you mean `minDwell`\?/,
                    /canary:prometheus\.password: expected a value, because `username` is set, got nothing\./,
                    /canary:gatez: unknown key; did you mean `gates`\?/,
                ]) {
                    assert.match(error.message, line);
                }
                return true;
            },
        );
    });

    it("hides the value of an encrypted key, and names only the key", () => {
        const value = '{"bearerToken":4711}';
        const wrong = { ...all, "canary:prometheus": { value, secret: true } };
        assert.throws(
            () => readConfig(wrong, rollout),
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

    it("returns a hash that changes with an image but not with the weight", () => {
        const hash = (more: object) => readConfig({ ...all, ...more }, rollout).hash;
        assert.equal(hash({ "istio-canary:weight": { value: "0" } }), hash({}));
        assert.notEqual(
            hash({ "istio-canary:versions": { value: '{"v1":{"image":"web:2"}}' } }),
            hash({}),
        );
    });
});

describe("a stack's config file of several rollouts", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "canary-stack-"));
        writeFileSync(path.join(folder, "Pulumi.prod.yaml"), 'config:\n  web:weight: "0"\n');
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("keeps every key that processes write at the same time", async () => {
        const keys = Array.from({ length: 20 }, (_, index) => `r${index}:weight`);
        const write = (key: string) => new StackFile(folder, "prod").set({ [key]: 10 });
        await Promise.all(keys.map(write));
        const file = new StackFile(folder, "prod");
        for (const key of keys) assert.equal(await file.get(key), "10", key);
        assert.deepEqual(readdirSync(folder), ["Pulumi.prod.yaml"]);
    });

    it("is in stackConfigDir, if Pulumi.yaml has one, and has Pulumi.yaml's extension", async () => {
        for (const key of ["stackConfigDir", "config"]) {
            writeFileSync(path.join(folder, "Pulumi.yaml"), `name: shop\n${key}: stacks\n`);
            const file = new StackFile(folder, "acme/shop/prod");
            assert.equal(file.path, path.join(folder, "stacks", "Pulumi.prod.yaml"));
        }
        rmSync(path.join(folder, "Pulumi.yaml"));
        writeFileSync(path.join(folder, "Pulumi.yml"), "name: shop\n");
        const { path: found } = new StackFile(folder, "prod");
        assert.equal(found, path.join(folder, "Pulumi.prod.yml"));
    });

    it("is copied for an update, with the other rollouts' last weights", async () => {
        const file = new StackFile(folder, "prod");
        const pin = (weight: number) =>
            pinOtherWeights(file, [{ weightKey: "web:weight", weight }], () => undefined);
        const pinned = await pin(25);
        assert.equal(readFileSync(pinned.file, "utf8"), 'config:\n  web:weight: "25"\n');
        assert.equal(await file.get("web:weight"), "0");
        await pinned.remove();
        assert.throws(() => readFileSync(pinned.file), /ENOENT/);
    });
});

describe("the turn at the engine", () => {
    it("belongs to one driver, which the others can name", async () => {
        const folder = mkdtempSync(path.join(tmpdir(), "canary-turn-"));
        const first = await takeTurn(folder, "web");
        assert.ok(first.taken);
        assert.deepEqual(await takeTurn(folder, "orders"), { taken: false, holder: "web" });
        await first.release();
        const next = await takeTurn(folder, "orders");
        assert.ok(next.taken);
        await next.release();
        rmSync(folder, { recursive: true });
    });
});

describe("the weight in a preview", () => {
    const { rollout } = driverConfigOf();
    const preview = (weight: number) => {
        const program = new ProgramWeights();
        program.expect(rollout, { weight: 10 });
        const metadata = { urn: rollout.urn, new: { outputs: { weight } } };
        program.read({ resOutputsEvent: { metadata } } as never);
        return program.difference();
    };

    it("is that of the config", () => {
        assert.equal(preview(10), undefined);
    });

    it("is refused, with the remedy, if the program sets another", () => {
        assert.equal(
            preview(0),
            "CanaryRollout web: weight: expected 10, as in the stack's config, got 0. The program sets the weight itself: remove `weight` from the arguments of web, which then reads `istio-canary:weight`.",
        );
    });
});

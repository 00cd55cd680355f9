import assert from "node:assert/strict";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestsAsData, validInput, validManifests } from "../../../fixtures/rollout/rollout";
import {
    partOf,
    podOf,
    problems,
    type Version,
    versionsOf,
} from "../../../fixtures/rollout/versionParts";

describe("a version's config", () => {
    const config = {
        env: { LEVEL: "debug", GREETING: "hello" },
        files: { "app.conf": "a = 1\n" },
        mountPath: "/etc/app",
    };

    it("becomes an immutable ConfigMap with a content hash in its name", () => {
        const { configMap } = partOf({ config });
        assert.match(String(configMap?.metadata.name), /^web-v2-config-[0-9a-f]{8}$/);
        assert.equal(configMap?.immutable, true);
        assert.deepEqual(configMap?.data, { ...config.env, ...config.files });
    });

    it("has a different name if and only if its content differs", () => {
        const nameOf = (change: object) =>
            partOf({ config: { ...config, ...change } }).configMap?.metadata.name;
        const same = { env: { GREETING: "hello", LEVEL: "debug" } };
        assert.equal(nameOf(same), nameOf({}));
        assert.notEqual(nameOf({ files: { "app.conf": "a = 2\n" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { ...config.env, LEVEL: "info" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { GREETING: "debug", LEVEL: "hello" } }), nameOf({}));
    });

    it("reaches the application and the init containers, before their own variables", () => {
        const install = { name: "install", image: "busybox:1", env: { NAME: "$(GREETING)" } };
        const { configMap } = partOf({ config });
        const name = configMap?.metadata.name;
        const { container, initContainers, volumes } = podOf({
            config,
            initContainers: [install],
            env: { A: "1" },
        });
        const from = (key: string) => ({
            name: key,
            valueFrom: { configMapKeyRef: { name, key } },
        });
        const both = [from("GREETING"), from("LEVEL")];
        assert.deepEqual(container.env, [...both, { name: "A", value: "1" }]);
        assert.deepEqual(initContainers[0]?.env, [...both, { name: "NAME", value: "$(GREETING)" }]);
        assert.deepEqual(volumes, [
            {
                name: "version-config",
                configMap: { name, items: [{ key: "app.conf", path: "app.conf" }] },
            },
        ]);
        const mount = { name: "version-config", mountPath: "/etc/app", readOnly: true };
        assert.deepEqual(container.volumeMounts, [mount]);
        assert.deepEqual(initContainers[0]?.volumeMounts, [mount]);
    });

    it("does not change the other version's pods", () => {
        const v1Of = (v2: Version) => manifestsAsData({ versions: versionsOf(v2) })[3];
        assert.equal((v1Of({}) as { kind: string }).kind, "Deployment");
        assert.deepEqual(v1Of({ config }), v1Of({}));
    });

    it("creates no object if it is empty", () => {
        assert.equal(partOf({ config: {} }).configMap, undefined);
        assert.equal(podOf({ config: {} }).volumes, undefined);
    });

    for (const [what, change, problem] of [
        [
            "files without mountPath",
            { files: { a: "1" } },
            "config: expected both files and mountPath, or neither, got ",
        ],
        [
            "a file name with a folder",
            { files: { "a/b": "1" }, mountPath: "/etc/app" },
            'config.files["a/b"]: expected a key that is a file name without folders (letters, digits, "-", "_" and "."), got "a/b".',
        ],
        [
            "a relative mountPath",
            { files: { a: "1" }, mountPath: "etc" },
            'config.mountPath: expected a path that starts with "/" and contains no ":", got "etc".',
        ],
        [
            "a file that `pulumi config set` would change",
            { files: { a: "\na = 1\n" }, mountPath: "/etc/app" },
            'config.files.a: expected a string that does not start with an empty line, because `pulumi config set` removes it, got "\\na = 1\\n".',
        ],
        [
            "a variable that is not a string",
            { env: { PORT: 1 } },
            "config.env.PORT: expected a string (quote numbers and booleans), got 1.",
        ],
        [
            "a variable and a file with the same name",
            { env: { a: "1" }, files: { a: "1" }, mountPath: "/etc/app" },
            "config: expected different names for variables and files, got ",
        ],
        [
            "content above the size limit",
            { env: { BIG: "x".repeat(1_000_000) } },
            "config: expected at most 1000000 bytes, the limit of a ConfigMap, got ",
        ],
    ] as const) {
        it(`rejects ${what}`, () => {
            const [found, ...more] = problems({ config: change });
            assert.ok(found?.startsWith(problem), found);
            assert.deepEqual(more, []);
        });
    }

    it("rejects a variable that env sets too", () => {
        assert.deepEqual(problems({ env: { A: "1" }, config: { env: { A: "2" } } }), [
            'config.env.A: expected no value, because env sets it too, got "2".',
        ]);
    });
});

describe("a slot's secrets", () => {
    const secrets = { v2: { TOKEN: "sesame", KEY: "k" } };
    const partWith = (change: Partial<RolloutInput>) =>
        validManifests({ versions: versionsOf({}), ...change }).workloads[1];

    it("become an immutable Secret, and variables that refer to it", () => {
        const part = partWith({ secrets });
        const name = String(part?.secret?.metadata.name);
        assert.match(name, /^web-v2-secret-[0-9a-f]{8}$/);
        assert.equal(part?.secret?.immutable, true);
        assert.deepEqual(part?.secret?.stringData, secrets.v2);
        const { env } = part?.deployment.spec.template.spec.containers[0] ?? {};
        assert.deepEqual(env, [
            { name: "KEY", valueFrom: { secretKeyRef: { name, key: "KEY" } } },
            { name: "TOKEN", valueFrom: { secretKeyRef: { name, key: "TOKEN" } } },
        ]);
        assert.doesNotMatch(JSON.stringify(part?.deployment), /sesame/);
        const other = partWith({ secrets: { v2: { ...secrets.v2, KEY: "l" } } });
        assert.notEqual(other?.secret?.metadata.name, name);
    });

    it("are rejected if env sets the variable too", () => {
        const input = { ...validInput(), versions: versionsOf({ env: { TOKEN: "x" } }), secrets };
        const result = checkConfig(input);
        assert.deepEqual(result.ok ? [] : result.problems.map(problemLine), [
            "secrets.v2.TOKEN: expected no value, because versions.v2 sets it too, got [secret].",
        ]);
    });
});

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
} from "../../../fixtures/rollout/version";

describe("a version's config", () => {
    const config = {
        env: { LEVEL: "debug", GREETING: "hello" },
        files: { "app.conf": "a = 1\n" },
        mountPath: "/etc/app",
    };

    it("should be a ConfigMap that is never changed, named for what it holds", () => {
        const { configMap } = partOf({ config });
        assert.match(String(configMap?.metadata.name), /^web-v2-config-[0-9a-f]{8}$/);
        assert.equal(configMap?.immutable, true);
        assert.deepEqual(configMap?.data, { ...config.env, ...config.files });
    });

    it("should have another name with other content, and no other with the same", () => {
        const nameOf = (change: object) =>
            partOf({ config: { ...config, ...change } }).configMap?.metadata.name;
        const same = { env: { GREETING: "hello", LEVEL: "debug" } };
        assert.equal(nameOf(same), nameOf({}));
        assert.notEqual(nameOf({ files: { "app.conf": "a = 2\n" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { ...config.env, LEVEL: "info" } }), nameOf({}));
        assert.notEqual(nameOf({ env: { GREETING: "debug", LEVEL: "hello" } }), nameOf({}));
    });

    it("should reach the application and what runs before it, before their own variables", () => {
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

    it("should leave the other version's pods as they are", () => {
        const v1Of = (v2: Version) => manifestsAsData({ versions: versionsOf(v2) })[3];
        assert.equal((v1Of({}) as { kind: string }).kind, "Deployment");
        assert.deepEqual(v1Of({ config }), v1Of({}));
    });

    it("should be no object where it holds nothing", () => {
        assert.equal(partOf({ config: {} }).configMap, undefined);
        assert.equal(podOf({ config: {} }).volumes, undefined);
    });

    for (const [what, change, problem] of [
        [
            "files that are nowhere",
            { files: { a: "1" } },
            "config: expected both files and mountPath, or neither, got ",
        ],
        [
            "a file in a folder",
            { files: { "a/b": "1" }, mountPath: "/etc/app" },
            'config.files["a/b"]: expected a key that is a file name of letters, digits, "-", "_" and ".", without folders, got "a/b".',
        ],
        [
            "a folder that is none",
            { files: { a: "1" }, mountPath: "etc" },
            'config.mountPath: expected a path that starts with "/" and has no ":", got "etc".',
        ],
        [
            "a file that pulumi would change",
            { files: { a: "\na = 1\n" }, mountPath: "/etc/app" },
            'config.files.a: expected a string that does not start with an empty line, which pulumi config set removes, got "\\na = 1\\n".',
        ],
        [
            "a variable that is no text",
            { env: { PORT: 1 } },
            "config.env.PORT: expected a string (quote numbers and booleans), got 1.",
        ],
        [
            "a variable and a file of one name",
            { env: { a: "1" }, files: { a: "1" }, mountPath: "/etc/app" },
            "config: expected different names for variables and files, got ",
        ],
        [
            "more than an object holds",
            { env: { BIG: "x".repeat(1_000_000) } },
            "config: expected at most 1000000 bytes, the limit of a ConfigMap, got ",
        ],
    ] as const) {
        it(`should refuse ${what}`, () => {
            const [found, ...more] = problems({ config: change });
            assert.ok(found?.startsWith(problem), found);
            assert.deepEqual(more, []);
        });
    }

    it("should refuse a variable that has another value already", () => {
        assert.deepEqual(problems({ env: { A: "1" }, config: { env: { A: "2" } } }), [
            'config.env.A: expected nothing, because env sets it too, got "2".',
        ]);
    });
});

describe("a slot's secrets", () => {
    const secrets = { v2: { TOKEN: "sesame", KEY: "k" } };
    const partWith = (change: Partial<RolloutInput>) =>
        validManifests({ versions: versionsOf({}), ...change }).workloads[1];

    it("should be a Secret that is never changed, and variables that only name it", () => {
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

    it("should be refused where the variable has a value already", () => {
        const input = { ...validInput(), versions: versionsOf({ env: { TOKEN: "x" } }), secrets };
        const result = checkConfig(input);
        assert.deepEqual(result.ok ? [] : result.problems.map(problemLine), [
            "secrets.v2.TOKEN: expected nothing, because versions.v2 sets it too, got [secret].",
        ]);
    });
});

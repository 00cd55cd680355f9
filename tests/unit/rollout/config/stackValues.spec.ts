import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { CHECKOUT } from "../../../../dev/checkout";
import {
    CONFIG_KEYS,
    checkConfig,
    type RolloutConfig,
} from "../../../../rollout/config/rolloutConfig";
import { ConfigError, readStackInput } from "../../../../rollout/config/stackValues";
import { validConfig } from "../../../fixtures/rollout/rollout";

interface Declaration {
    type: string;
    description: string;
    default?: unknown;
}

const project: { name: string; main: string; config: Record<string, Declaration> } = parse(
    readFileSync(join(CHECKOUT, "Pulumi.yaml"), "utf8"),
);

/** Config as the engine passes it to the program: strings, with mappings and lists as JSON, and the project's defaults. */
function asEngine(values: Record<string, unknown>): Record<string, string> {
    const defaults = Object.entries(project.config).flatMap(([key, declared]) =>
        declared.default === undefined ? [] : [[`${project.name}:${key}`, declared.default]],
    );
    const all = { ...Object.fromEntries(defaults), ...values };
    return Object.fromEntries(
        Object.entries(all).map(([key, value]) => [
            key,
            typeof value === "object" ? JSON.stringify(value) : String(value),
        ]),
    );
}

const VERSIONS = { v1: { image: "web:1" }, v2: { image: "web:2" } };
const VALID = {
    "istio-canary:app": "web",
    "istio-canary:namespace": "demo",
    "istio-canary:versions": VERSIONS,
};

/** Decodes the config like the program, and checks it like the component. */
function readStackConfig(
    all: Record<string, string>,
    project: string,
    secretKeys: string[] = [],
): RolloutConfig {
    const result = checkConfig(readStackInput(all, project, secretKeys));
    if (!result.ok) throw new ConfigError(project, result.problems);
    return result.config;
}

function read(change: Record<string, unknown> = {}): RolloutConfig {
    return readStackConfig(asEngine({ ...VALID, ...change }), "istio-canary");
}

describe("readStackConfig", () => {
    it("decodes numbers, booleans and lists from the strings that `pulumi config set` stores", () => {
        assert.equal(read({ "istio-canary:weight": "25" }).weight, 25);
        assert.equal(read({ "istio-canary:createNamespace": "true" }).createNamespace, true);
        assert.deepEqual(read({ "istio-canary:ladder": "[5,100]" }).ladder, [5, 100]);
    });

    it("ignores the config of other namespaces", () => {
        assert.equal(read({ "kubernetes:context": "sandbox", "aws:region": "x" }).app, "web");
    });

    it("throws with every problem, each under its config key", () => {
        const broken = {
            "istio-canary:weight": "101",
            "istio-canary:wieght": "10",
            "istio-canary:timeout": "5",
            "istio-canary:versions": { ...VERSIONS, v2: { image: "web:2", replicas: "two" } },
        };
        assert.throws(() => read(broken), {
            name: "ConfigError",
            message: [
                "The stack's config has 4 problems. Nothing was changed.",
                '  istio-canary:versions.v2.replicas: expected an integer from 0 to 1000, got "two".',
                "  istio-canary:weight: expected an integer from 0 to 100, got 101.",
                '  istio-canary:timeout: expected a duration from 1ms to 1h, such as "5s" or "1m30s", got "5".',
                "  istio-canary:wieght: unknown key; did you mean `weight`?",
                "See docs/configuration.md.",
            ].join("\n"),
        });
    });

    for (const weight of ["abc", "12.5", "-1", "1e2", "", " 25", "0x10"]) {
        it(`rejects the weight ${JSON.stringify(weight)}`, () => {
            assert.throws(
                () => read({ "istio-canary:weight": weight }),
                /istio-canary:weight: expected an integer from 0 to 100, got /,
            );
        });
    }

    it("rejects a mapping that is invalid JSON", () => {
        assert.throws(
            () => read({ "istio-canary:retries": "{attempts" }),
            /istio-canary:retries: expected a mapping with the keys attempts, perTryTimeout, retryOn, budget, got "{attempts"/,
        );
    });

    it("rejects an encrypted key, because the cluster would store it unencrypted", () => {
        const all = asEngine(VALID);
        assert.throws(
            () => readStackConfig(all, "istio-canary", ["istio-canary:versions"]),
            (error: unknown) => {
                assert.ok(error instanceof ConfigError);
                assert.deepEqual(
                    error.problems.map(({ path }) => path),
                    [["versions"]],
                );
                return true;
            },
        );
    });
});

describe("the config key secrets", () => {
    const secrets = { "istio-canary:secrets": { v2: { TOKEN: "sesame" } } };

    it("must be encrypted, and errors do not show the values", () => {
        const all = asEngine({ ...VALID, ...secrets });
        const { secrets: found } = readStackConfig(all, "istio-canary", ["istio-canary:secrets"]);
        assert.deepEqual(found, { v2: { TOKEN: "sesame" } });
        assert.throws(() => readStackConfig(all, "istio-canary"), {
            name: "ConfigError",
            message:
                /istio-canary:secrets: expected an encrypted value, got \[secret\]\. Run `pulumi config set --secret --path secrets\.v2\.NAME VALUE`\./,
        });
        const wrong = asEngine({ ...VALID, "istio-canary:secrets": { v2: { PIN: 4711 } } });
        assert.throws(
            () => readStackConfig(wrong, "istio-canary", ["istio-canary:secrets"]),
            ({ message }: Error) => {
                assert.match(
                    message,
                    /secrets\.v2\.PIN: expected a string \(quote numbers and booleans\), got \[secret\]\./,
                );
                assert.doesNotMatch(message, /4711/);
                return true;
            },
        );
    });

    it("needs no encryption if it is empty", () => {
        assert.doesNotThrow(() => read({ "istio-canary:secrets": {} }));
    });
});

describe("Pulumi.yaml", () => {
    it("declares exactly the keys of the schema, each with a type and a description", () => {
        assert.deepEqual(Object.keys(project.config).sort(), [...CONFIG_KEYS].sort());
        for (const [key, { type, description }] of Object.entries(project.config)) {
            assert.match(type, /^(string|integer|boolean|array|object)$/, key);
            assert.ok(description.length > 10, key);
        }
    });

    it("has the defaults of the schema, and none for required keys", () => {
        const { versions, ...expected } = validConfig({ versions: VERSIONS });
        const { versions: _, ...found } = read();
        assert.deepEqual(found, expected);
        const required = CONFIG_KEYS.filter((key) => project.config[key]?.default === undefined);
        assert.deepEqual(required, ["app", "namespace", "versions"]);
    });

    it("sets main, because the main of package.json is the library", () => {
        assert.equal(project.main, "bundle.js");
    });
});

describe("the stack config files", () => {
    for (const file of readdirSync(CHECKOUT).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
        it(`are valid: ${file}`, () => {
            const stack = parse(readFileSync(join(CHECKOUT, file), "utf8"));
            assert.doesNotThrow(() => readStackConfig(asEngine(stack.config), "istio-canary"));
        });
    }

    it("keep the sandbox's stack at weight 0", () => {
        const stack = parse(readFileSync(join(CHECKOUT, "Pulumi.dev.yaml"), "utf8"));
        const config = readStackConfig(asEngine(stack.config), "istio-canary");
        assert.equal(config.weight, 0);
        assert.equal(config.versions.v1?.replicas, 3);
        assert.equal(config.versions.v2?.replicas, 1);
    });
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../../../../dev/checkout";
import { pageOf, rules } from "../../../../rollout/rules";

const fileOf = (id: string) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Folders of rules, and the file in them that is not a rule. */
const GROUPS = [
    "shape",
    "weights",
    "resilience",
    "routing",
    "references",
    "gateways",
    "identity",
    "ports",
    "workload",
    "exemptions",
];
const SHARED = ["exemptions/exemption"];

describe("rules", () => {
    it("have unique ids", () => {
        const ids = rules.map(({ id }) => id);
        assert.deepEqual(ids, [...new Set(ids)]);
    });

    it("are all in the list", () => {
        const files = GROUPS.flatMap((group) =>
            readdirSync(join(CHECKOUT, "rollout", "rules", group)).map(
                (file) => `${group}/${file.replace(/\.ts$/, "")}`,
            ),
        ).filter((file) => !SHARED.includes(file));
        assert.deepEqual(
            files.sort(),
            rules.map(({ group, id }) => `${group}/${fileOf(id)}`).sort(),
        );
    });

    it("are listed in docs/policy/policy.md with description, level and options", () => {
        const page = readFileSync(join(CHECKOUT, "docs", "policy", "policy.md"), "utf8");
        const rows = rules.map(({ id, group, description, severity, options }) => {
            const names = Object.keys(options).map((name) => `\`${name}\``);
            return `| [${id}](rules/${group}/${id}.md) | ${description} | ${severity} | ${names.join(", ") || "–"} |`;
        });
        assert.ok(page.includes(`\n${rows.join("\n")}\n`), rows.join("\n"));
    });

    for (const rule of rules) {
        describe(rule.id, () => {
            it("has the name of its file, in kebab case", () => {
                assert.match(rule.id, /^[a-z]+(-[a-z]+)*$/);
                const file = join(
                    CHECKOUT,
                    "rollout",
                    "rules",
                    rule.group,
                    `${fileOf(rule.id)}.ts`,
                );
                assert.ok(existsSync(file));
            });

            it("has a description of one sentence", () => {
                assert.match(rule.description, /^[A-Z][^.]{20,}\.$/);
            });

            it("has a page with the reason, examples and options", () => {
                const page = readFileSync(join(CHECKOUT, pageOf(rule)), "utf8");
                assert.ok(page.startsWith(`# ${rule.id}\n`), "title");
                assert.ok(page.includes(rule.description), "description");
                for (const heading of ["## Why", "## Rejected", "## Accepted", "## Options"]) {
                    assert.ok(page.includes(`\n${heading}\n`), heading);
                }
                const preset = `- **Preset**: \`${rule.preset}\``;
                assert.equal(page.includes(preset), rule.preset !== undefined, "preset");
                for (const option of Object.keys(rule.options)) {
                    assert.ok(page.includes(`\`${option}\``), option);
                }
            });

            it("describes every option", () => {
                for (const option of Object.values(rule.options)) {
                    assert.match(option.description, /^[A-Z].{10,}\.$/);
                }
            });
        });
    }
});

// Runs the pack as a platform team does: `pulumi preview` of other programs, with the real engine and policy host.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import type { Target } from "../../../dev/sandbox/demo/target";
import { type Manifest, pageOf, type Rule, rules } from "../../../rollout/rules";
import { casesOf } from "../../fixtures/rules/caseFiles";
import { type InvalidCase, programOf } from "../../fixtures/rules/ruleCases";
import { world } from "../../fixtures/rules/world";

const PROGRAM = path.join(CHECKOUT, "tests", "mesh", "programs", "manifests");
const PACK = path.join(CHECKOUT, "policy");
/** Rules whose finding depends on the whole program, so that other rules' violations would change it. */
const ALONE: readonly string[] = [
    "gateway-credential",
    "namespace-injection",
    "sidecar-egress",
    "source-namespace",
];

/** What a preview prints for one finding. */
interface Finding {
    readonly policy: string;
    readonly text: string;
}

describe("the policy pack on other programs", () => {
    let target: Target;
    let folder: string;

    before(async () => {
        target = await sandboxTarget(false);
        folder = await mkdtemp(path.join(tmpdir(), "policy-pack-"));
        await pulumi(["stack", "init", "--no-select"]);
    });

    after(async () => {
        await pulumi(["stack", "rm", "--yes"]);
        await rm(folder, { recursive: true });
    });

    for (const group of [false, true]) {
        const how = group ? "from a ConfigGroup, as with a Helm chart" : "object by object";
        it(`passes the valid program, ${how}`, async () => {
            const { exitCode, output } = await preview("valid", world(), { group });
            assert.equal(exitCode, 0, output);
            assert.doesNotMatch(output, /\[(mandatory|advisory)\]/);
        });
    }

    it("refuses an object from a ConfigGroup", async () => {
        const [httpTimeout] = rules.filter(({ id }) => id === "http-timeout");
        assert.ok(httpTimeout);
        const manifests = programOf(casesOf(httpTimeout).invalid[0] as InvalidCase);
        const { exitCode, output } = await preview("group", manifests, { group: true });
        assert.notEqual(exitCode, 0);
        assert.match(output, /\[mandatory\] +http-timeout/);
    });

    it("refuses a Pulumi YAML program", async () => {
        const { env } = target;
        const cwd = path.join(CHECKOUT, "tests", "mesh", "programs", "yaml");
        await pulumi(["stack", "init", "--no-select"], env, cwd);
        try {
            const flags = ["preview", "--policy-pack", PACK];
            const { exitCode, output } = await pulumi(flags, env, cwd);
            assert.notEqual(exitCode, 0, output);
            assert.match(output, /\[mandatory\] +http-timeout/);
            const place =
                "VirtualService default/reviews: spec.http[0].timeout: expected a duration";
            assert.ok(flat(output).includes(place), output);
        } finally {
            await pulumi(["stack", "rm", "--yes"], env, cwd);
        }
    });

    describe("refuses a violation, and names the field, the fix and the page", () => {
        const shared = rules.filter(({ id }) => !ALONE.includes(id));
        let findings: Finding[];

        before(async () => {
            findings = await preview("shared", shared.flatMap(violationOf), {
                config: Object.assign({}, ...shared.map(configOf)),
            }).then(refused);
        });

        for (const rule of shared) it(rule.id, () => assertFound(rule, findings));

        for (const rule of rules.filter(({ id }) => ALONE.includes(id))) {
            it(`${rule.id}, in a program of its own`, async () => {
                const options = { config: configOf(rule) };
                const result = await preview(rule.id, violationOf(rule), options);
                assertFound(rule, refused(result));
            });
        }
    });

    interface PreviewOptions {
        readonly group?: boolean;
        readonly config?: Record<string, unknown>;
    }

    async function preview(name: string, manifests: Manifest[], options: PreviewOptions) {
        const file = path.join(folder, `${name}.json`);
        const config = path.join(folder, `${name}.config.json`);
        await writeFile(file, JSON.stringify(manifests));
        await writeFile(config, JSON.stringify(options.config ?? {}));
        const flags = ["--policy-pack", PACK, "--policy-pack-config", config];
        return pulumi(["preview", ...flags], {
            MANIFESTS: file,
            GROUP: options.group === true ? "1" : "0",
        });
    }

    async function pulumi(args: string[], env: NodeJS.ProcessEnv = {}, cwd = PROGRAM) {
        const flags = ["--non-interactive", "--color", "never", "--stack", "mesh"];
        const { exitCode, all } = await execa(target.pulumiFile, [...args, ...flags], {
            cwd,
            // A provider that renders to files needs no kubeconfig.
            env: { ...target.env, KUBECONFIG: undefined, ...env },
            all: true,
            reject: false,
            stdin: "ignore",
        });
        return { exitCode, output: all ?? "" };
    }
});

/** The first case that the rule rejects. */
function firstInvalid(rule: Rule): InvalidCase {
    const found = casesOf(rule).invalid.find(({ advisory }) => advisory !== true);
    assert.ok(found, rule.id);
    return found;
}

function violationOf(rule: Rule): Manifest[] {
    return JSON.parse(withOwnNames(JSON.stringify(programOf(firstInvalid(rule))), rule));
}

/** Gives a rule's program its own namespaces and domain, so that it can share a preview with others. */
function withOwnNames(text: string, { id }: Rule): string {
    return text
        .replace(/\b(shop|edge|front)\b/g, `$1-${id}`)
        .replace(/\bexample\b/g, `${id}.example`);
}

function configOf(rule: Rule): Record<string, unknown> {
    const options = { ...casesOf(rule).options, ...firstInvalid(rule).options };
    // Advisory rules must fail the preview here, too.
    return { [rule.id]: { enforcementLevel: "mandatory", ...options } };
}

/** The mandatory findings of a preview that failed. */
function refused({ exitCode, output }: { exitCode?: number; output: string }): Finding[] {
    assert.notEqual(exitCode, 0, output);
    const [, ...blocks] = output.split(/^ *- (?=\[)/m);
    return blocks.flatMap((text) => {
        const [, policy] = /^\[mandatory\] +(\S+)/.exec(text) ?? [];
        return policy === undefined ? [] : [{ policy, text: flat(text) }];
    });
}

function assertFound(rule: Rule, findings: readonly Finding[]): void {
    const own = findings.filter(({ policy }) => policy === rule.id).map(({ text }) => text);
    const expected = flat(withOwnNames(firstInvalid(rule).finds[0] ?? "", rule));
    const found = own.find((text) => text.includes(expected));
    assert.ok(found, `expected ${expected}, got:\n${own.join("\n")}`);
    assert.ok(found.includes(pageOf(rule)), found);
}

function flat(text: string): string {
    return text.replace(/\s+/g, " ");
}

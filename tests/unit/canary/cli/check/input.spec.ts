// How `check` reads its input: YAML as kubectl reads it, files, places, overlays and namespaces.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readInputs } from "../../../../../canary/cli/check/input/inputFiles";
import { parseYaml } from "../../../../../canary/cli/check/input/kubectlYaml";
import { type Located, readManifests } from "../../../../../canary/cli/check/input/manifestFile";
import { inNamespace } from "../../../../../canary/cli/check/input/namespaces";
import { programsOf } from "../../../../../canary/cli/check/input/programs";

describe("YAML scalars", () => {
    // From go-yaml v2's resolve.go.
    const cases: [text: string, value: unknown][] = [
        ["yes", true],
        ["Y", true],
        ["on", true],
        ["TRUE", true],
        ["no", false],
        ["N", false],
        ["Off", false],
        ["yEs", "yEs"],
        ["~", null],
        ["Null", null],
        ["010", 8],
        ["0o10", 8],
        ["089", 89],
        ["0x1F", 31],
        ["0b101", 5],
        ["-0b11", -3],
        ["1_000", 1000],
        ["+12", 12],
        ["1.10", 1.1],
        [".5", 0.5],
        ["1e3", 1000],
        ["-.inf", Number.NEGATIVE_INFINITY],
        ["1:30", "1:30"],
        ["2026-11-28", "2026-11-28"],
        ["10m", "10m"],
        ["-", [null]],
        ['"yes"', "yes"],
        ["!!str 010", "010"],
    ];
    for (const [text, value] of cases) {
        it(`reads ${text} as ${JSON.stringify(value)}`, () => {
            assert.deepEqual(parseYaml(text), [value]);
        });
    }
});

const read = (text: string) => readManifests("a.yaml", text);
const names = (found: readonly Located[]) =>
    found.map(
        ({ manifest }) => `${manifest.kind} ${(manifest.metadata as { name?: string })?.name}`,
    );
const service = (name: string, more = "") =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}${more} }\n`;

describe("objects of a file", () => {
    it("reads any number of documents, and skips what is no object", () => {
        const text = `# nothing\n---\n${service("a")}--- # two\n${service("b")}---\n- a\n---\na: b\n`;
        assert.deepEqual(names(read(text)), ["Service a", "Service b"]);
    });

    it("reads a document after a directive", () => {
        assert.deepEqual(names(read(`%YAML 1.1\n---\n${service("a")}`)), ["Service a"]);
    });

    it("reads a byte order mark and Windows line ends", () => {
        assert.deepEqual(names(read(`\ufeff${service("a").replaceAll("\n", "\r\n")}`)), [
            "Service a",
        ]);
    });

    it("gives the items of a typed list its kind", () => {
        const list = "apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: { name: a }\n";
        const [found] = read(list);
        assert.deepEqual(found?.manifest, {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "a" },
        });
    });

    it("reads a list in a list", () => {
        const inner = {
            apiVersion: "v1",
            kind: "List",
            items: [{ apiVersion: "v1", kind: "Pod" }],
        };
        const outer = { apiVersion: "v1", kind: "List", items: [inner] };
        assert.deepEqual(names(read(JSON.stringify(outer))), ["Pod undefined"]);
    });

    it("passes on an object whose kind is misspelled", () => {
        const [found] = read("apiVersion: v1\nKind: Service\nmetadata: { name: a }\n");
        assert.equal(found?.manifest.Kind, "Service");
    });

    it("reads JSON objects that follow each other, as jq writes them", () => {
        const one = (name: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name } });
        const lines = `${JSON.stringify(one("a"))}\n${JSON.stringify(one("b"))}\n`;
        assert.deepEqual(names(read(lines)), ["Pod a", "Pod b"]);
        const pretty = ["a", "b"].map((name) => JSON.stringify(one(name), undefined, "\t"));
        assert.deepEqual(names(read(pretty.join("\n"))), ["Pod a", "Pod b"]);
    });

    it("reads more than 100 aliases", () => {
        const uses = Array.from({ length: 500 }, () => "- *l").join("\n");
        const [found] = read(`${service("a")}one: &l { x: 1 }\nall:\n${uses}\n`);
        const all = found?.manifest.all;
        assert.ok(Array.isArray(all));
        assert.equal(all.length, 500);
    });

    const errors: [what: string, text: string, message: RegExp][] = [
        [
            "a syntax error, with its place",
            `${service("a")}---\na: [1`,
            /^a\.yaml:\d:\d: expected YAML/,
        ],
        ["a key that occurs twice", "a: 1\na: 2\n", /^a\.yaml:2:1: .*duplicated mapping key/],
        [
            "a Helm template",
            "kind: A\nname: {{ .Values.a }}\n",
            /^a\.yaml:2: .*a Helm template.*helm template/,
        ],
        [
            "a Helm template in quotes",
            `${service("a")}x: "{{ .Values.a }}"\n`,
            /^a\.yaml:4: .*Helm/,
        ],
        [
            "a Helm template that is no YAML",
            "{{- if .Values.a }}\na: b\n{{- end }}\n",
            /^a\.yaml.*Helm/,
        ],
        ["another template", "a: {{ b }}\n", /^a\.yaml:1: expected YAML, got a template\./],
    ];
    for (const [what, text, message] of errors) {
        it(`reports ${what}`, () => {
            assert.throws(
                () => read(text),
                (error: Error) => message.test(error.message),
            );
        });
    }

    it("accepts templates for other programs", () => {
        const rule = 'summary: "{{ $labels.pod }}"\ntext: |\n  {{ .Values.a }}\n';
        assert.deepEqual(names(read(service("a") + rule)), ["Service a"]);
    });
});

describe("places", () => {
    const text = [
        "# head",
        "---",
        "apiVersion: v1 # version",
        "kind: Service",
        "metadata: { name: web, labels: { app, team: a } }",
        "spec:",
        "  # comment",
        "  ports:",
        "    - port: 80",
        "      name: http",
        "    - &second",
        "      port: 81",
        "    - *second",
        "  empty:",
        '  "a.b": !!str 1',
        "  last: [1, 2, { x: 3 }]",
    ].join("\n");
    const cases: [path: string, line: number, column: number][] = [
        ["metadata.name", 5, 19],
        ["metadata.labels.team", 5, 45],
        ["metadata.labels.app", 5, 34],
        ["spec", 8, 3],
        ["spec.ports", 9, 5],
        ["spec.ports[0].name", 10, 13],
        ["spec.ports[1]", 12, 7],
        ["spec.ports[2].port", 12, 13],
        ["spec.ports[0].missing.field", 9, 7],
        ["spec.ports[9]", 9, 5],
        ["spec.empty", 14, 3],
        ['spec["a.b"]', 15, 16],
        ["spec.last[2].x", 16, 21],
        ["nothing", 3, 1],
    ];
    for (const [field, line, column] of cases) {
        it(`finds ${field}`, () => {
            assert.deepEqual(read(text)[0]?.place(field), { file: "a.yaml", line, column });
        });
    }

    it("finds a field of a list's item", () => {
        const list = "apiVersion: v1\nkind: PodList\nitems:\n- metadata:\n    name: a\n";
        assert.deepEqual(read(list)[0]?.place("metadata.name"), {
            file: "a.yaml",
            line: 5,
            column: 11,
        });
    });
});

describe("input files", () => {
    let folder: string;
    const at = (...parts: string[]) => path.join(folder, ...parts);
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "canary-input-"));
        for (const name of ["deploy", "deploy/prod", "deploy/.git", "deploy/node_modules"]) {
            mkdirSync(at(name));
        }
        for (const name of [
            "deploy/a.yaml",
            "deploy/prod/b.yml",
            "deploy/prod/c.json",
            "deploy/.git/d.yaml",
            "deploy/node_modules/e.yaml",
        ]) {
            writeFileSync(at(name), '{"kind": "A", "apiVersion": "v1"}');
        }
        writeFileSync(at("deploy/values.yaml"), "replicas: {{ broken");
        writeFileSync(at("deploy/readme.md"), "kind: A");
        writeFileSync(at("zeros.yaml"), Buffer.alloc(100));
        writeFileSync(at("latin.yaml"), Buffer.from([0x61, 0x3a, 0xe4]));
    });
    after(() => rmSync(folder, { recursive: true }));

    const found = async (...args: string[]) =>
        (await readInputs(args.map((one) => at(one)))).map(({ name }) =>
            path.relative(folder, name).replaceAll(path.sep, "/"),
        );

    it("reads a directory and its subdirectories", async () => {
        assert.deepEqual(await found("deploy"), [
            "deploy/a.yaml",
            "deploy/prod/b.yml",
            "deploy/prod/c.json",
        ]);
    });

    it("reads what a pattern matches, each file once", async () => {
        assert.deepEqual(await found("deploy/**/*.{yml,json}", "deploy/prod/b.yml"), [
            "deploy/prod/b.yml",
            "deploy/prod/c.json",
        ]);
        assert.deepEqual(await found("deploy/?.yaml"), ["deploy/a.yaml"]);
        assert.deepEqual(await found("deploy/*/[!b].*"), ["deploy/prod/c.json"]);
    });

    it("names all files that it cannot read, and shows no binary data", async () => {
        const args = ["none.yaml", "zeros.yaml", "latin.yaml", "no/*.yaml"];
        await assert.rejects(found(...args), ({ message }: Error) => {
            const lines = message.split("\n").map((line) => line.slice(folder.length + 1));
            assert.deepEqual(lines, [
                "none.yaml: expected a file or directory, got nothing.",
                "no/*.yaml: expected a file or directory, got nothing.",
                "zeros.yaml: expected UTF-8 text, got binary data.",
                "latin.yaml: expected UTF-8 text, got binary data.",
            ]);
            return true;
        });
    });
});

describe("programs", () => {
    const files = (...texts: [file: string, text: string][]) =>
        texts.flatMap(([file, text]) => readManifests(file, text));
    const filesOf = (programs: Located[][]) =>
        programs.map((program) => program.map(({ file }) => file).join(" "));

    it("are one without conflicts", () => {
        const objects = files(["a", service("a")], ["b", service("b")]);
        assert.deepEqual(filesOf(programsOf(objects)), ["a b"]);
    });

    it("separate files with different objects of one identity", () => {
        const objects = files(
            ["base", service("base")],
            ["prod", service("web", ", labels: { env: prod }")],
            ["staging", service("web", ", labels: { env: staging }")],
        );
        assert.deepEqual(filesOf(programsOf(objects)), ["base prod", "base staging"]);
    });

    it("share an object that two files repeat", () => {
        const objects = files(
            ["a", service("shared")],
            ["b", `${service("shared")}---\n${service("b")}`],
        );
        assert.deepEqual(filesOf(programsOf(objects)), ["a b"]);
    });

    it("keep two objects of one identity in one file", () => {
        const text = `${service("web")}---\n${service("web", ", labels: { a: b }")}`;
        assert.deepEqual(filesOf(programsOf(files(["a", text]))), ["a a"]);
    });
});

describe("namespaces", () => {
    const route = (host: string) =>
        `---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: web }\nspec: { hosts: [${host}] }\n`;
    const other = `---\n${service("other", ", namespace: kept")}`;
    const cluster = "---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n";
    const spaces = (text: string, given?: string) =>
        inNamespace(read(text), given).map(
            ({ manifest }) => (manifest.metadata as { namespace?: string }).namespace,
        );

    it("are set by --namespace where an object names none", () => {
        assert.deepEqual(spaces(service("web") + other + cluster, "shop"), [
            "shop",
            "kept",
            undefined,
        ]);
    });

    it("follow from the hosts that name a Service", () => {
        const text = service("web") + route("web.shop.svc.cluster.local");
        assert.deepEqual(spaces(text), ["shop", "shop"]);
    });

    it("stay open if the hosts name none, or several", () => {
        assert.deepEqual(spaces(service("web") + route("web")), [undefined, undefined]);
        const two = route("web.a.svc") + route("web.b.svc");
        assert.deepEqual(spaces(service("web") + two), [undefined, undefined, undefined]);
        assert.deepEqual(spaces(service("web") + route("api.shop.svc")), [undefined, undefined]);
    });
});

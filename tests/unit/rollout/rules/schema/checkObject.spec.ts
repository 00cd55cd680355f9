import assert from "node:assert/strict";
import type { Manifest } from "../../../../../rollout/rules";
import { fileOf, GROUPS } from "../../../../../rollout/rules/schema/catalogue";
import { checkObject } from "../../../../../rollout/rules/schema/checkObject";
import { parseGoDuration } from "../../../../../rollout/rules/schema/goDuration";

function object(apiVersion: string, kind: string, spec: unknown): Manifest {
    return { apiVersion, kind, metadata: { name: "web", namespace: "shop" }, spec };
}

const virtualService = (http: unknown) =>
    object("networking.istio.io/v1", "VirtualService", { hosts: ["a.b"], http });
const route = [{ destination: { host: "a.b" } }];
const fixes = (manifest: Manifest) => checkObject(manifest).map(({ fix }) => fix);
const deployment = (pod: object) =>
    object("apps/v1", "Deployment", {
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: pod },
    });

describe("checkObject", () => {
    it("suggests the field that was probably meant", () => {
        for (const [key, near] of [
            ["timout", "timeout"],
            ["Timeout", "timeout"],
            ["cors", "corsPolicy"],
            ["matches", "match"],
        ]) {
            assert.deepEqual(fixes(virtualService([{ [key as string]: "5s", route }])), [
                `Did you mean \`${near}\`? The API server rejects unknown fields.`,
            ]);
        }
    });

    it("says where a field belongs", () => {
        const [fix] = fixes(virtualService([{ route: [{ ...route[0], timeout: "5s" }] }]));
        assert.equal(fix, "Move it: the field exists at `spec.http[].timeout`.");
    });

    it("prefers the nearest place of a field", () => {
        const [fix] = fixes(deployment({ containers: [{ name: "a" }], readinessProbe: {} }));
        assert.match(String(fix), /`spec\.template\.spec\.(c|initC)ontainers\[\]\.readinessProbe`/);
    });

    it("lists the fields if none is similar", () => {
        const [fix] = fixes(virtualService([{ route: [{ ...route[0], zzz: 1 }] }]));
        assert.equal(fix, "Use one of the known fields: destination, headers, weight.");
    });

    it("says what to do about a wrong type", () => {
        for (const [value, text] of [
            [5, "Put it in quotes: YAML reads 5 as a number."],
            [["5s"], "Change its type: the API server rejects this value."],
        ] as const) {
            assert.deepEqual(fixes(virtualService([{ timeout: value, route }])), [text]);
        }
        assert.deepEqual(fixes(virtualService({})), [
            "Write it as a list, with a dash before each entry.",
        ]);
    });

    it("suggests a value only if it is a typing error", () => {
        const protocol = (text: string) =>
            fixes(object("v1", "Service", { ports: [{ port: 80, protocol: text }] }));
        assert.deepEqual(protocol("tcp"), [
            "Did you mean `TCP`? The API server rejects other values.",
        ]);
        assert.deepEqual(protocol("HTTP"), [
            "Use one of these values. The API server rejects other values.",
        ]);
    });

    it("finds entries with the same identity", () => {
        const ports = [
            { name: "a", number: 1, protocol: "HTTP" },
            { name: "a", number: 2, protocol: "HTTP" },
        ];
        const entry = object("networking.istio.io/v1", "ServiceEntry", { hosts: ["a.b"], ports });
        assert.deepEqual(checkObject(entry), [
            {
                path: "spec.ports[1]",
                found: "a",
                expected: "an entry with a unique name",
                fix: "Remove or rename it: spec.ports[0] has the same.",
            },
        ]);
    });

    it("applies defaults before it evaluates conditions", () => {
        const backendRefs = [{ name: "web" }];
        const http = object("gateway.networking.k8s.io/v1", "HTTPRoute", {
            rules: [{ backendRefs }],
        });
        assert.deepEqual(
            checkObject(http).map(({ path, expected }) => `${path}: ${expected}`),
            ["spec.rules[0].backendRefs[0]: a valid value (Must have port for Service reference)"],
        );
    });

    it("reads null as absent, except in a list", () => {
        assert.deepEqual(checkObject(virtualService([{ timeout: null, route }])), []);
        assert.equal(checkObject(virtualService([null])).length, 1);
        const [unknown] = checkObject(virtualService([{ timout: null, route }]));
        assert.equal(unknown?.path, "spec.http[0].timout");
        const entry = object("networking.istio.io/v1", "ServiceEntry", null);
        assert.deepEqual(
            checkObject(entry).map(({ path }) => path),
            ["spec"],
        );
    });

    it("accepts every version that is served", () => {
        for (const version of ["v1", "v1beta1", "v1alpha3"]) {
            const manifest = object(`networking.istio.io/${version}`, "Gateway", { server: [] });
            assert.equal(checkObject(manifest).length, 1, version);
        }
    });

    it("ignores kinds and versions that it does not know", () => {
        for (const [apiVersion, kind] of [
            ["acme.io/v1", "Gateway"],
            ["networking.istio.io/v9", "Gateway"],
            ["v1", "Node"],
            ["v1", "constructor"],
        ] as const) {
            assert.deepEqual(checkObject(object(apiVersion, kind, 1)), []);
        }
    });

    it("only advises on required fields of a patch", () => {
        const containers = [{ name: "web", args: ["-v"] }];
        const missing = (template: object) =>
            checkObject(object("apps/v1", "Deployment", { template })).map(
                ({ path, advisory }) => `${path} ${advisory}`,
            );
        assert.deepEqual(missing({ spec: { containers } }), ["spec.selector true"]);
        const metadata = { labels: { app: "web" } };
        assert.deepEqual(missing({ metadata, spec: { containers } }), ["spec.selector undefined"]);
    });

    it("has a file for each API group", () => {
        for (const group of GROUPS) assert.ok(fileOf(group), group);
    });
});

describe("parseGoDuration", () => {
    for (const [text, nanoseconds] of [
        ["5s", 5e9],
        ["1h2m3.5s", 3_723.5e9],
        ["999ns", 999],
        ["1µs", 1e3],
        [".5ms", 5e5],
        ["-1s", -1e9],
        ["0", 0],
        ["", undefined],
        ["5", undefined],
        ["5 s", undefined],
        ["1d", undefined],
    ] as const) {
        it(`reads "${text}"`, () => assert.equal(parseGoDuration(text), nanoseconds));
    }
});

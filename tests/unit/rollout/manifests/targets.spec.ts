import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { isRe2 } from "../../../../rollout/config/re2";
import { checkConfig } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import {
    cookiesRegex,
    pathMatch,
    targetMatch,
} from "../../../../rollout/manifests/traffic/requestMatches";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

function problems(change: Record<string, unknown>): string[] {
    const result = checkConfig({ ...validInput(), ...change });
    return result.ok ? [] : result.problems.map(problemLine);
}

/** As Envoy compares: the whole text, flags written inside the pattern. */
function matches(pattern: string | undefined, text: string): boolean {
    const [, flags = "", rest = ""] = /^(?:\(\?(\w+)\))?(.*)$/.exec(pattern ?? "") ?? [];
    return new RegExp(`^(?:${rest})$`, flags).test(text);
}

describe("targets", () => {
    const routes = (change = {}) => validManifests(change).virtualService.spec.http;
    const beta = { headers: { "X-User-ID": { exact: "42" } } };

    it("should be a route to the canary alone, before the weights, with the same bounds", () => {
        const all = routes({ targets: [beta], stable: "v2", canary: "v1" });
        assert.deepEqual(
            all.map(({ name }) => name),
            ["stable-only", "targeted", "weighted"],
        );
        const [, targeted, weighted] = all;
        assert.deepEqual(targeted, {
            name: "targeted",
            match: [{ headers: { "x-user-id": { exact: "42" } } }],
            route: [
                {
                    destination: {
                        host: "web.demo.svc.cluster.local",
                        subset: "v1",
                        port: { number: 80 },
                    },
                },
            ],
            timeout: weighted?.timeout,
            retries: weighted?.retries,
        });
    });

    it("should break no rule, also at weight 0", () => {
        for (const weight of [0, 10, 100]) {
            const manifests = validManifests({ weight, targets: [beta] });
            assert.deepEqual(findingsIn(manifestList(manifests)), []);
        }
    });

    it("should be refused by the rules when the canary has no pods", () => {
        const versions = { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } };
        const findings = findingsIn(manifestList(validManifests({ versions, targets: [beta] })));
        assert.deepEqual(
            findings.map(({ path, found, expected }) => [path, found, expected]),
            [["spec.replicas", 0, "at least 1 while subset v2 gets every request"]],
        );
    });

    it("should ask for all conditions of one target, and any of several", () => {
        const match = targetMatch({
            headers: { "User-Agent": { regex: ".*Firefox.*" }, "X-Beta": { prefix: "on" } },
            cookies: { beta: { exact: "yes" } },
            queryParams: { preview: { exact: "1" } },
            sourceLabels: { app: "tester" },
        });
        assert.deepEqual(match, {
            headers: {
                "user-agent": { regex: ".*Firefox.*" },
                "x-beta": { prefix: "on" },
                cookie: { regex: String.raw`(.*;\s*)?beta=yes\s*(;.*)?` },
            },
            queryParams: { preview: { exact: "1" } },
            sourceLabels: { app: "tester" },
        });
        const two = routes({ targets: [beta, { queryParams: { preview: { exact: "1" } } }] });
        assert.equal(two[1]?.match?.length, 2);
    });

    const text =
        "expected a non-empty string of at most 1024 characters (quote numbers and booleans)";
    const cases: [what: string, targets: unknown, problem: string][] = [
        [
            "what is no list",
            { headers: {} },
            'targets: expected a list of targets, each a mapping of conditions, got {"headers":{}}.',
        ],
        [
            "a target without condition",
            [{ headers: {} }],
            'targets[0]: expected at least one condition in headers, cookies, queryParams, claims or sourceLabels, got {"headers":{}}.',
        ],
        [
            "a condition with two ways to compare",
            [{ headers: { "X-Beta": { exact: "a", prefix: "b" } } }],
            'targets[0].headers.X-Beta: expected exactly one of exact, prefix, regex, got {"exact":"a","prefix":"b"}.',
        ],
        [
            "a number for a text",
            [{ headers: { "X-User-ID": { exact: 42 } } }],
            `targets[0].headers.X-User-ID.exact: ${text}, got 42.`,
        ],
        [
            "an unknown way to compare, with the one that is meant",
            [{ headers: { "X-Beta": { exact: "a", regexp: "b" } } }],
            "targets[0].headers.X-Beta.regexp: unknown key; did you mean `regex`?",
        ],
        [
            "a pattern that RE2 has not",
            [{ headers: { "User-Agent": { regex: "(?!Chrome).*" } } }],
            'targets[0].headers.User-Agent.regex: expected an RE2 regular expression of at most 1024 characters, without look-around and back-references, got "(?!Chrome).*".',
        ],
        [
            "the cookie header, which has a key of its own",
            [{ headers: { Cookie: { exact: "a=b" } } }],
            'targets[0].headers.Cookie: expected a key that is the name of a header (for cookies, use cookies), got "Cookie".',
        ],
        [
            "a header of HTTP/2's own",
            [{ headers: { ":path": { exact: "/" } } }],
            'targets[0].headers[":path"]: expected a key that is the name of a header (for cookies, use cookies), got ":path".',
        ],
        [
            "a cookie's value that no cookie can have",
            [{ cookies: { beta: { exact: "a; b" } } }],
            'targets[0].cookies.beta.exact: expected the value of a cookie: printable characters, without space, ", comma, ; and \\, got "a; b".',
        ],
        [
            "the value of a label that Kubernetes does not take",
            [{ sourceLabels: { app: "a b" } }],
            'targets[0].sourceLabels.app: expected a label value: at most 63 letters, digits, -, _ and ., got "a b".',
        ],
    ];
    for (const [what, targets, problem] of cases) {
        it(`should refuse ${what}`, () => {
            assert.deepEqual(problems({ targets }), [problem]);
        });
    }

    it("should be refused without a canary, once", () => {
        const versions = { v1: { image: "web:1" } };
        assert.deepEqual(problems({ versions, targets: [beta] }), [
            'targets: expected [], because versions.v2 is missing, got [{"headers":{"X-User-ID":{"exact":"42"}}}]. Set versions.v2.image.',
        ]);
        assert.deepEqual(
            problems({ versions, targets: [beta], weight: 10 }).map((one) => one.split(":")[0]),
            ["versions.v2"],
        );
    });
});

describe("cookiesRegex", () => {
    const one = cookiesRegex({ beta: { exact: "a.b" } });

    for (const header of ["beta=a.b", "x=1; beta=a.b", "beta=a.b; x=1", "x=1;beta=a.b;y=2"]) {
        it(`should find the cookie in "${header}"`, () => assert.ok(matches(one, header)));
    }
    for (const header of ["beta=axb", "xbeta=a.b", "x=beta=a.b", "beta=a.bc", "x=1", "beta", ""]) {
        it(`should not find it in "${header}"`, () => assert.ok(!matches(one, header)));
    }

    it("should hold a prefix to its own cookie", () => {
        const prefix = cookiesRegex({ beta: { prefix: "g1-" } });
        assert.ok(matches(prefix, "beta=g1-77; x=2"));
        assert.ok(!matches(prefix, "beta=g2; x=g1-77"));
    });

    it("should find several cookies in any order, among any others", () => {
        const pairs = ["a=1", "b=2", "c=3"];
        const all = cookiesRegex({ a: { exact: "1" }, b: { exact: "2" }, c: { exact: "3" } });
        const others = fc.subarray(["x=9", "aa=1", "y=b"]);
        const headers = others.chain((more) =>
            fc.shuffledSubarray([...pairs, ...more], { minLength: pairs.length + more.length }),
        );
        fc.assert(
            fc.property(headers, fc.constantFrom(...pairs), (header, missing) => {
                assert.ok(matches(all, header.join("; ")));
                const without = header.filter((pair) => pair !== missing);
                assert.ok(!matches(all, without.join("; ")));
            }),
        );
    });
});

describe("isRe2", () => {
    for (const good of [
        ".*",
        "(?i)firefox/\\d+",
        "(?i:a)b",
        "(?P<n>a)",
        "a\\\\1",
        "[^;]*",
        "\\z",
    ]) {
        it(`should take ${good}`, () => assert.ok(isRe2(good)));
    }
    for (const bad of ["", "(", "a**", "(a)\\1", "(?=a)", "(?<!a)b", "(?<n>a)\\k<n>", "[b-a]"]) {
        it(`should refuse "${bad}"`, () => assert.ok(!isRe2(bad)));
    }
});

describe("stableOnlyPaths", () => {
    const regex = String(pathMatch("/admin").uri?.regex);

    for (const path of ["/admin", "/admin/", "/admin/users", "//admin", "/ADMIN", "/admin;a=1"]) {
        it(`should hold ${path}`, () => assert.ok(matches(regex, path)));
    }
    for (const path of ["/admin%2fusers", "/%2Fadmin"]) {
        it(`should hold ${path}, which some servers read as slashes`, () => {
            assert.ok(matches(regex, path));
        });
    }
    for (const path of ["/", "/administrators", "/user/admin", "/adminx/y", "/admi"]) {
        it(`should not hold ${path}`, () => assert.ok(!matches(regex, path)));
    }

    it("should take a dot for a dot", () => {
        assert.ok(!matches(String(pathMatch("/a.b").uri?.regex), "/axb"));
    });

    it("should be the first route, to the stable alone", () => {
        for (const stable of ["v1", "v2"] as const) {
            const canary = stable === "v1" ? "v2" : "v1";
            const change = { stable, canary, weight: 100, stableOnlyPaths: ["/a", "/b"] } as const;
            const manifests = validManifests({ ...change, stableOnlyPaths: ["/a", "/b"] });
            const [first, last] = manifests.virtualService.spec.http;
            assert.equal(first?.name, "stable-only");
            assert.equal(first?.match?.length, 2);
            assert.deepEqual(
                first?.route.map(({ destination, weight }) => [destination.subset, weight]),
                [[stable, undefined]],
            );
            assert.equal(first?.timeout, last?.timeout);
            assert.deepEqual(first?.retries, last?.retries);
        }
    });

    it("should be no route when there are none", () => {
        const { http } = validManifests({ stableOnlyPaths: [] }).virtualService.spec;
        assert.deepEqual(
            http.map(({ name }) => name),
            ["weighted"],
        );
    });

    const expected = 'expected a path such as "/admin" (no query, no pattern, no "/" at the end)';
    for (const path of ["admin", "/", "/admin/", "/admin?x", "/a*", "", 1]) {
        it(`should refuse ${JSON.stringify(path)}`, () => {
            assert.deepEqual(problems({ stableOnlyPaths: [path] }), [
                `stableOnlyPaths[0]: ${expected}, got ${JSON.stringify(path)}.`,
            ]);
        });
    }
});

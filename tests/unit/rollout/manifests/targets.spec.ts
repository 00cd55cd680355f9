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

/** Matches as Envoy does: the whole text, with inline flags. */
function matches(pattern: string | undefined, text: string): boolean {
    const [, flags = "", rest = ""] = /^(?:\(\?(\w+)\))?(.*)$/.exec(pattern ?? "") ?? [];
    return new RegExp(`^(?:${rest})$`, flags).test(text);
}

describe("targets", () => {
    const routes = (change = {}) => validManifests(change).virtualService.spec.http;
    const beta = { headers: { "X-User-ID": { exact: "42" } } };

    it("add a route to the canary before the weighted route, with the same timeout and retries", () => {
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

    it("break no rule, even at weight 0", () => {
        for (const weight of [0, 10, 100]) {
            const manifests = validManifests({ weight, targets: [beta] });
            assert.deepEqual(findingsIn(manifestList(manifests)), []);
        }
    });

    it("break a rule if the canary has no pods", () => {
        const versions = { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } };
        const findings = findingsIn(manifestList(validManifests({ versions, targets: [beta] })));
        assert.deepEqual(
            findings.map(({ path, found, expected }) => [path, found, expected]),
            [["spec.replicas", 0, "at least 1 while subset v2 receives every request"]],
        );
    });

    it("require all conditions of a target, and any of several targets", () => {
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
            "a value that is not a list",
            { headers: {} },
            'targets: expected a list of targets, each a mapping of conditions, got {"headers":{}}.',
        ],
        [
            "a target without conditions",
            [{ headers: {} }],
            'targets[0]: expected at least one condition in headers, cookies, queryParams, claims or sourceLabels, got {"headers":{}}.',
        ],
        [
            "a condition with two operators",
            [{ headers: { "X-Beta": { exact: "a", prefix: "b" } } }],
            'targets[0].headers.X-Beta: expected exactly one of exact, prefix, regex, got {"exact":"a","prefix":"b"}.',
        ],
        [
            "a number instead of a string",
            [{ headers: { "X-User-ID": { exact: 42 } } }],
            `targets[0].headers.X-User-ID.exact: ${text}, got 42.`,
        ],
        [
            "an unknown operator, and suggest a known one",
            [{ headers: { "X-Beta": { exact: "a", regexp: "b" } } }],
            "targets[0].headers.X-Beta.regexp: unknown key; did you mean `regex`?",
        ],
        [
            "syntax that RE2 does not support",
            [{ headers: { "User-Agent": { regex: "(?!Chrome).*" } } }],
            'targets[0].headers.User-Agent.regex: expected an RE2 regular expression of at most 1024 characters, without look-around or back-references, got "(?!Chrome).*".',
        ],
        [
            "the cookie header, which has its own key",
            [{ headers: { Cookie: { exact: "a=b" } } }],
            'targets[0].headers.Cookie: expected a key that is the name of a header (for cookies, use `cookies`), got "Cookie".',
        ],
        [
            "an HTTP/2 pseudo-header",
            [{ headers: { ":path": { exact: "/" } } }],
            'targets[0].headers[":path"]: expected a key that is the name of a header (for cookies, use `cookies`), got ":path".',
        ],
        [
            "an invalid cookie value",
            [{ cookies: { beta: { exact: "a; b" } } }],
            'targets[0].cookies.beta.exact: expected a cookie value: printable characters except space, ", comma, ; and \\, got "a; b".',
        ],
        [
            "an invalid label value",
            [{ sourceLabels: { app: "a b" } }],
            'targets[0].sourceLabels.app: expected a label value: at most 63 letters, digits, -, _ and ., got "a b".',
        ],
    ];
    for (const [what, targets, problem] of cases) {
        it(`reject ${what}`, () => {
            assert.deepEqual(problems({ targets }), [problem]);
        });
    }

    it("are rejected once without a canary version", () => {
        const versions = { v1: { image: "web:1" } };
        assert.deepEqual(problems({ versions, targets: [beta] }), [
            'targets: expected [], because versions.v2 is missing, got [{"headers":{"X-User-ID":{"exact":"42"}}}]. Set `versions.v2.image`.',
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
        it(`matches "${header}"`, () => assert.ok(matches(one, header)));
    }
    for (const header of ["beta=axb", "xbeta=a.b", "x=beta=a.b", "beta=a.bc", "x=1", "beta", ""]) {
        it(`does not match "${header}"`, () => assert.ok(!matches(one, header)));
    }

    it("limits a prefix to its own cookie", () => {
        const prefix = cookiesRegex({ beta: { prefix: "g1-" } });
        assert.ok(matches(prefix, "beta=g1-77; x=2"));
        assert.ok(!matches(prefix, "beta=g2; x=g1-77"));
    });

    it("matches several cookies in any order, among others", () => {
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
        "\\Qa.b\\E",
        "\\pL",
    ]) {
        it(`accepts ${good}`, () => assert.ok(isRe2(good)));
    }
    for (const bad of ["", "(", "a**", "(a)\\1", "(?=a)", "(?<!a)b", "(?<n>a)\\k<n>", "[b-a]"]) {
        it(`rejects "${bad}"`, () => assert.ok(!isRe2(bad)));
    }
});

describe("stableOnlyPaths", () => {
    const regex = String(pathMatch("/admin").uri?.regex);

    for (const path of ["/admin", "/admin/", "/admin/users", "//admin", "/ADMIN", "/admin;a=1"]) {
        it(`match ${path}`, () => assert.ok(matches(regex, path)));
    }
    for (const path of ["/admin%2fusers", "/%2Fadmin"]) {
        it(`match ${path}, in which some servers decode the slash`, () => {
            assert.ok(matches(regex, path));
        });
    }
    for (const path of ["/", "/administrators", "/user/admin", "/adminx/y", "/admi"]) {
        it(`do not match ${path}`, () => assert.ok(!matches(regex, path)));
    }

    it("escape dots", () => {
        assert.ok(!matches(String(pathMatch("/a.b").uri?.regex), "/axb"));
    });

    it("are the first route, which goes only to the stable", () => {
        for (const stable of ["v1", "v2"] as const) {
            const canary = stable === "v1" ? "v2" : "v1";
            const change = { stable, canary, weight: 100, stableOnlyPaths: ["/a", "/b"] } as const;
            const manifests = validManifests({ ...change, stableOnlyPaths: ["/a", "/b"] });
            const [first, last] = manifests.virtualService.spec.http;
            assert.equal(first?.name, "stable-only");
            assert.equal(first?.match?.length, 2);
            assert.deepEqual(
                first?.route?.map(({ destination, weight }) => [destination.subset, weight]),
                [[stable, undefined]],
            );
            assert.equal(first?.timeout, last?.timeout);
            assert.deepEqual(first?.retries, last?.retries);
        }
    });

    it("add no route if the list is empty", () => {
        const { http } = validManifests({ stableOnlyPaths: [] }).virtualService.spec;
        assert.deepEqual(
            http.map(({ name }) => name),
            ["weighted"],
        );
    });

    const expected = 'expected a path such as "/admin" (no query, pattern or trailing "/")';
    for (const path of ["admin", "/", "/admin/", "/admin?x", "/a*", "", 1]) {
        it(`reject ${JSON.stringify(path)}`, () => {
            assert.deepEqual(problems({ stableOnlyPaths: [path] }), [
                `stableOnlyPaths[0]: ${expected}, got ${JSON.stringify(path)}.`,
            ]);
        });
    }
});

import assert from "node:assert/strict";
import { matchesRe2 } from "../../../../../../rollout/config/re2";
import {
    areEqual,
    compareMatches,
    coversMatch,
    isEveryRequest,
    mayOverlap,
} from "../../../../../../rollout/rules/lookup/mesh/apiMatches";

const path = (type: string, value: string) => ({ path: { type, value } });
const PATHS = [
    ...["/", "/a", "/a/", "/a/b", "/ab"].flatMap((one) => [
        path("PathPrefix", one),
        path("Exact", one),
    ]),
    ...["/a(/.*)?", "/a/(?i:(/|%2f)*b((/|%2f|;).*)?)", "(?i)/A/.*", "/ab?", "/a+b*", "/a|/b"],
    ...[".*", "/.*", "/a\\.b(/.*)?", "/a.b(/.*)?", "/[ab]/x"],
].map((one) => (typeof one === "string" ? path("RegularExpression", one) : one));
const REQUESTS = ["/", "/a", "/a/", "/a/b", "/a/B", "/ab", "/abb", "/A/b", "/b", "/b/x", "/a.b/c"];

function has({ path: { type, value } }: ReturnType<typeof path>, request: string): boolean {
    if (type === "Exact") return request === value;
    if (type !== "PathPrefix") return matchesRe2(`^(?:${value})$`, request) === true;
    const below = value.endsWith("/") ? value : `${value}/`;
    return `${request}/`.startsWith(below);
}

describe("matches of HTTPRoutes", () => {
    it("overlap if they have a request in common, and cover others only if they have all of theirs", () => {
        let apart = 0;
        for (const one of PATHS) {
            for (const two of PATHS) {
                const text = `${JSON.stringify(one.path)} and ${JSON.stringify(two.path)}`;
                const shared = REQUESTS.some((each) => has(one, each) && has(two, each));
                if (!mayOverlap(one, two)) apart += 1;
                assert.ok(mayOverlap(one, two) || !shared, `${text} overlap`);
                assert.equal(mayOverlap(one, two), mayOverlap(two, one), text);
                if (!coversMatch(one, two)) continue;
                const lost = REQUESTS.filter((each) => has(two, each) && !has(one, each));
                assert.deepEqual(lost, [], text);
            }
        }
        assert.ok(apart > 100, `${apart} pairs are known to be apart`);
    });

    it("are apart by method, header or query parameter", () => {
        const header = (value: string, type = "Exact") => ({
            headers: [{ name: "X", type, value }],
        });
        assert.equal(mayOverlap({ method: "GET" }, { method: "POST" }), false);
        assert.equal(mayOverlap(header("a"), { headers: [{ name: "x", value: "b" }] }), false);
        assert.equal(mayOverlap(header("a.*", "RegularExpression"), header("b")), false);
        assert.equal(mayOverlap(header("a.*", "RegularExpression"), header("ab")), true);
        const parameter = (name: string, value: string) => ({ queryParams: [{ name, value }] });
        assert.equal(mayOverlap(parameter("q", "1"), parameter("q", "2")), false);
        assert.equal(mayOverlap(parameter("q", "1"), parameter("Q", "2")), true);
        assert.equal(coversMatch({}, { method: "GET" }), true);
        assert.equal(coversMatch({ method: "GET" }, {}), false);
    });

    it("are tried in the order of the Gateway API", () => {
        const order = [
            path("Exact", "/a"),
            path("PathPrefix", "/a/b"),
            { ...path("PathPrefix", "/a"), method: "GET" },
            { ...path("PathPrefix", "/a/"), headers: [{ name: "x", value: "1" }] },
            path("PathPrefix", "/a"),
            {},
            path("RegularExpression", "/a/.*"),
        ];
        const sorted = [...order].reverse().sort(compareMatches);
        assert.deepEqual(sorted, order);
        assert.ok(areEqual(path("PathPrefix", "/a/"), path("PathPrefix", "/a")));
        assert.ok(areEqual({}, path("RegularExpression", "/.*")));
        assert.ok(isEveryRequest({}) && !isEveryRequest({ method: "GET" }));
    });
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../../../../../dev/checkout";
import { UNKNOWN } from "../../../../../rollout/rules";
import { holds } from "../../../../../rollout/rules/schema/cel";
import { compile } from "../../../../../rollout/rules/schema/cel/parser";
import type { SchemaFile } from "../../../../../rollout/rules/schema/schema";

const DATA = join(CHECKOUT, "rollout", "rules", "schema", "data");

describe("CEL", () => {
    for (const [rule, self, expected] of [
        ["self.size() == 0", "", true],
        ["size(self) == 2", "äö", true],
        ["self in ['a', 'b']", "b", true],
        ["'*' in self && self.size() > 1", ["*"], false],
        ["self.all(key, key.size() != 0)", { a: 1, "": 2 }, false],
        ["self.exists(x, x == 'a')", ["b", "a"], true],
        ["self.exists_one(x, x == 'a')", ["a", "a"], false],
        ["self.filter(x, x > 1).size() == 2", [1, 2, 3], true],
        ["has(self.a) ? self.a == 1 : true", {}, true],
        ["has(self.a.b)", { a: {} }, false],
        ["self.__namespace__ == 'shop'", { namespace: "shop" }, true],
        ["self[0].name == 'a'", [{ name: "a" }], true],
        ["1 + 2 - 1 == 2", null, true],
        ["!self || self", false, true],
        ["1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2 && 1 != 2", null, true],
        ["(has(self.b) ? self.b : {}).size() > 0", {}, false],
        ["duration(self) >= duration('1ms')", "1m30.5s", true],
        ["duration(self) > duration('1h')", "3601s", true],
        ["int(self) <= 65535", "8080", true],
        ["url(self).getScheme() in ['http', 'https']", "https://a.b", true],
        ["isURL(self)", "a b", false],
        ['self.matches(r"""^(?i)[a-z]+$""")', "ABC", true],
        ["self.startsWith('a') && self.endsWith('c') && self.contains('b')", "abc", true],
        ["self.substring(1, 2) == 'b'", "abc", true],
        ['self.split("/")[0].size() < 3', "ab/c", true],
        ["self == 'it\\'s'", "it's", true],
    ] as const) {
        it(`evaluates ${rule}`, () => assert.equal(holds(rule, self), expected));
    }

    it("rejects a value that a function cannot convert", () => {
        for (const rule of [
            "duration(self) > duration('0s')",
            "int(self) > 0",
            "url(self) != ''",
        ]) {
            assert.equal(holds(rule, "5 seconds"), false, rule);
        }
    });

    it("rejects an object without a field that the rule reads", () => {
        assert.equal(holds("self.a != ''", {}), false);
        assert.equal(holds("self.a.b == 1", { a: {} }), false);
    });

    it("accepts an unknown value, unless the rest decides", () => {
        assert.equal(holds("self.a == 1", { a: UNKNOWN }), true);
        assert.equal(holds("self.a == 1 && self.b == 1", { a: UNKNOWN, b: 2 }), false);
        assert.equal(holds("self.b == 2 || self.a == 1", { a: UNKNOWN, b: 2 }), true);
        assert.equal(holds("self.a == 1 || self.c == 1", { a: UNKNOWN }), true);
    });

    it("throws for syntax that CRDs do not use", () => {
        for (const rule of ["self @ 1", "self.map(x, x)", "size(", "self.a ? 1", "{'a': 1}"]) {
            assert.throws(() => compile(rule), Error, rule);
        }
    });

    it("compiles every rule of the schemas", () => {
        const files = readdirSync(DATA).map(
            (name): SchemaFile => JSON.parse(readFileSync(join(DATA, name), "utf8")),
        );
        const rules = files.flatMap(({ schemas }) => schemas.flatMap((one) => one.rules ?? []));
        assert.ok(rules.length > 100);
        for (const { rule } of rules) compile(rule);
    });
});

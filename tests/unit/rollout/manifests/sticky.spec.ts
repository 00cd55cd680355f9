import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const sticky = { cookie: "web-version" };

type Routes = ReturnType<typeof routes>;

function routes(change: Partial<RolloutInput>) {
    return validManifests({ sticky, ...change }).virtualService.spec.http;
}

/** The destinations of users without a cookie, with weight and cookie. */
function draws(all: Routes) {
    return (all.at(-1)?.route ?? []).map(({ destination, weight, headers }) => ({
        slot: destination.subset,
        weight,
        cookie: String(headers?.response.add["set-cookie"] ?? "").replace(/;.*/, ""),
    }));
}

/** The shares of requests with this cookie, by slot, on the route that Envoy matches. */
function sharesOf(cookie: string, all: Routes) {
    const route = all.find(({ name, match }) => {
        const regex = match?.[0]?.headers?.cookie?.regex;
        return name.startsWith("sticky-") && new RegExp(`^(?:${regex})$`).test(cookie);
    });
    return (
        route &&
        Object.fromEntries((route.route ?? []).map((r) => [r.destination.subset, r.weight]))
    );
}

const ladders = fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 })
    .map((rungs) => [...rungs.sort((a, b) => a - b), 100]);
const phases = ladders.chain((ladder) =>
    fc.record({ ladder: fc.constant(ladder), weight: fc.constantFrom(0, ...ladder) }),
);

describe("sticky users", () => {
    it("are assigned to the canary by weight, for any ladder and both roles", () => {
        fc.assert(
            fc.property(phases, fc.constantFrom("v1" as const, "v2" as const), (phase, canary) => {
                const stable = canary === "v1" ? "v2" : "v1";
                const all = draws(routes({ ...phase, stable, canary }));
                const sum = (slot: string) =>
                    all
                        .filter((draw) => draw.slot === slot)
                        .reduce((total, { weight = 0 }) => total + weight, 0);
                assert.equal(sum(canary), phase.weight);
                assert.equal(sum(stable), 100 - phase.weight);
            }),
        );
    });

    it("stay on their version, and on the canary from their rung on", () => {
        fc.assert(
            fc.property(phases, (phase) => {
                const all = routes(phase);
                for (const { slot, weight, cookie } of draws(all)) {
                    const rung = Number(cookie.split(".")[1]);
                    const v2 = rung <= phase.weight ? 100 : 0;
                    const shares = sharesOf(cookie, all);
                    assert.deepEqual(shares, { v1: 100 - v2, v2 });
                    if (weight !== 0) assert.equal(shares?.[slot as "v1"], 100, cookie);
                }
            }),
        );
    });

    it("match exactly one route even if the ladder has changed, and do not leave the canary because of it", () => {
        const [{ cookie = "" } = {}] = draws(routes({}));
        const release = cookie.slice(0, cookie.indexOf(".") + 1);
        fc.assert(
            fc.property(phases, fc.integer({ min: 1, max: 100 }), (phase, rung) => {
                const v2 = rung <= phase.weight ? 100 : 0;
                assert.deepEqual(sharesOf(release + rung, routes(phase)), { v1: 100 - v2, v2 });
            }),
        );
    });

    it("change only weights between phases", () => {
        const structure = (weight: number) =>
            JSON.stringify(routes({ weight }), (key, value) => (key === "weight" ? 0 : value));
        assert.deepEqual(
            [10, 25, 50, 100].map(structure),
            [0, 0, 0, 0].map(() => structure(0)),
        );
    });

    it("are recognized by their exact cookie, among others", () => {
        const [{ cookie = "" } = {}] = draws(routes({ weight: 10 }));
        assert.ok(sharesOf(`a=1; ${cookie}; b=2`, routes({})));
        for (const other of [`x${cookie}`, `${cookie}1`, `${cookie}.5`, `x=${cookie}`, "a=1", ""]) {
            assert.equal(sharesOf(other, routes({})), undefined, other);
        }
    });

    it("are assigned again for another release of the canary, and only then", () => {
        const [{ cookie = "" } = {}] = draws(routes({}));
        const v1 = { image: "web:1" };
        const versions = (v2: NonNullable<RolloutInput["versions"]["v2"]>) =>
            routes({ versions: { v1, v2 } });
        assert.equal(sharesOf(cookie, versions({ image: "web:3" })), undefined);
        assert.equal(sharesOf(cookie, versions({ image: "web:2", env: { A: "1" } })), undefined);
        assert.ok(sharesOf(cookie, versions({ image: "web:2", replicas: 9, readyTimeout: "9s" })));
        assert.equal(sharesOf(cookie, routes({ stable: "v2", canary: "v1" })), undefined);
    });

    it("get a cookie for the whole site with maxAge, in addition to the application's cookies", () => {
        const [first] = routes({ sticky: { ...sticky, maxAge: "1h30m" } }).at(-1)?.route ?? [];
        assert.match(
            String(first?.headers?.response.add["set-cookie"]),
            /^web-version=[0-9a-f]{8}\.10; Path=\/; Max-Age=5400; HttpOnly; SameSite=Lax$/,
        );
    });

    it("have the same timeout and retries as all other requests, and come after targets", () => {
        const all = routes({ targets: [{ cookies: { beta: { exact: "1" } } }] });
        assert.deepEqual(
            all.map(({ name }) => name),
            [
                ...["stable-only", "targeted", "sticky-10", "sticky-25", "sticky-50", "sticky-100"],
                "weighted",
            ],
        );
        const [{ timeout, retries } = {}] = all;
        assert.ok(timeout && retries);
        for (const route of all) {
            assert.deepEqual([route.timeout, route.retries], [timeout, retries]);
        }
    });

    it("break no rule in any phase", () => {
        for (const weight of [0, 10, 25, 50, 100]) {
            assert.deepEqual(findingsIn(manifestList(validManifests({ sticky, weight }))), []);
        }
    });

    it("cause one finding if the canary has no pods", () => {
        const versions = { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } };
        const findings = findingsIn(manifestList(validManifests({ sticky, versions, weight: 25 })));
        assert.deepEqual(
            findings.map(({ path, found, expected }) => [path, found, expected]),
            [["spec.replicas", 0, "at least 1 while subset v2 has weight 25"]],
        );
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "at a weight outside the ladder",
            { sticky, weight: 17 },
            "weight: expected 0 or a weight of the ladder (10, 25, 50, 100), because sticky users move only at these weights, got 17.",
        ],
        [
            "with gRPC",
            { sticky, protocol: "grpc" },
            'sticky.cookie: expected no value, because gRPC clients keep no cookies, got "web-version".',
        ],
        [
            "with an invalid cookie name",
            { sticky: { cookie: "a b" } },
            'sticky.cookie: expected a cookie name of at most 100 letters, digits and !#$%&\'*+.^_`|~-, such as "web-version", got "a b".',
        ],
        [
            "with a fractional second as maxAge",
            { sticky: { ...sticky, maxAge: "500ms" } },
            'sticky.maxAge: expected a duration in whole seconds from 1s to 8760h, such as "5s" or "1m30s", got "500ms".',
        ],
        [
            "without a cookie",
            { sticky: { maxAge: "1h" } },
            'sticky: expected a mapping with cookie, because maxAge is set, got {"maxAge":"1h"}.',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`are rejected ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

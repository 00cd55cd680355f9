import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../rollout/manifests/manifests";
import { findingsIn } from "../../../../rollout/rules";
import { validInput, validManifests } from "../../../fixtures/rollout/rollout";

const sticky = { cookie: "web-version" };

function routes(change: Partial<RolloutInput>) {
    return validManifests({ sticky, ...change }).virtualService.spec.http;
}

/** The rungs that the last route draws, with the weights per slot. */
function draws(change: Partial<RolloutInput>) {
    return (routes(change).at(-1)?.route ?? []).map(({ destination, weight, headers }) => ({
        slot: destination.subset,
        weight,
        cookie: String(headers?.response.add["set-cookie"] ?? "").replace(/;.*/, ""),
    }));
}

/** Shares of the requests that bear this cookie, by slot, on the route that Envoy would take. */
function sharesOf(cookie: string, change: Partial<RolloutInput>) {
    const route = routes(change).find(({ name, match }) => {
        const regex = match?.[0]?.headers?.cookie?.regex;
        return name.startsWith("sticky-") && new RegExp(`^(?:${regex})$`).test(cookie);
    });
    return route && Object.fromEntries(route.route.map((r) => [r.destination.subset, r.weight]));
}

const ladders = fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 })
    .map((rungs) => [...rungs.sort((a, b) => a - b), 100]);
const phases = ladders.chain((ladder) =>
    fc.record({ ladder: fc.constant(ladder), weight: fc.constantFrom(0, ...ladder) }),
);

describe("sticky users", () => {
    it("should be drawn to the canary as the weight says, on any ladder and in both roles", () => {
        fc.assert(
            fc.property(phases, fc.constantFrom("v1" as const, "v2" as const), (phase, canary) => {
                const stable = canary === "v1" ? "v2" : "v1";
                const all = draws({ ...phase, stable, canary });
                const sum = (slot: string) =>
                    all
                        .filter((draw) => draw.slot === slot)
                        .reduce((total, { weight = 0 }) => total + weight, 0);
                assert.equal(sum(canary), phase.weight);
                assert.equal(sum(stable), 100 - phase.weight);
            }),
        );
    });

    it("should stay where their draw put them, from their rung on at the canary", () => {
        fc.assert(
            fc.property(phases, (phase) => {
                for (const { cookie } of draws(phase)) {
                    const rung = Number(cookie.split(".")[1]);
                    const v2 = rung <= phase.weight ? 100 : 0;
                    assert.deepEqual(sharesOf(cookie, phase), { v1: 100 - v2, v2 });
                }
                for (const { slot, weight, cookie } of draws(phase)) {
                    if (weight === 0) continue;
                    assert.equal(sharesOf(cookie, phase)?.[slot as "v1"], 100, cookie);
                }
            }),
        );
    });

    it("should have one route each, also after the ladder was edited, and never leave the canary for it", () => {
        const [{ cookie = "" } = {}] = draws({});
        const release = cookie.slice(0, cookie.indexOf(".") + 1);
        fc.assert(
            fc.property(phases, fc.integer({ min: 1, max: 100 }), (phase, rung) => {
                const v2 = rung <= phase.weight ? 100 : 0;
                assert.deepEqual(sharesOf(release + rung, phase), { v1: 100 - v2, v2 });
            }),
        );
    });

    it("should change only weights between phases", () => {
        const structure = (weight: number) =>
            JSON.stringify(routes({ weight }), (key, value) => (key === "weight" ? 0 : value));
        assert.deepEqual(
            [10, 25, 50, 100].map(structure),
            [0, 0, 0, 0].map(() => structure(0)),
        );
    });

    it("should be known by their cookie among others, and by nothing like it", () => {
        const [{ cookie = "" } = {}] = draws({ weight: 10 });
        assert.ok(sharesOf(`a=1; ${cookie}; b=2`, {}));
        for (const other of [`x${cookie}`, `${cookie}1`, `${cookie}.5`, `x=${cookie}`, "a=1", ""]) {
            assert.equal(sharesOf(other, {}), undefined, other);
        }
    });

    it("should be forgotten by another release of the canary, and only by that", () => {
        const [{ cookie = "" } = {}] = draws({});
        const v1 = { image: "web:1" };
        const versions = (v2: NonNullable<RolloutInput["versions"]["v2"]>) => ({
            versions: { v1, v2 },
        });
        assert.equal(sharesOf(cookie, versions({ image: "web:3" })), undefined);
        assert.equal(sharesOf(cookie, versions({ image: "web:2", env: { A: "1" } })), undefined);
        assert.ok(sharesOf(cookie, versions({ image: "web:2", replicas: 9, readyTimeout: "9s" })));
        assert.equal(sharesOf(cookie, { stable: "v2", canary: "v1" }), undefined);
    });

    it("should get a cookie for the whole site, kept for maxAge, beside the application's", () => {
        const [first] = routes({ sticky: { ...sticky, maxAge: "1h30m" } }).at(-1)?.route ?? [];
        assert.match(
            String(first?.headers?.response.add["set-cookie"]),
            /^web-version=[0-9a-f]{8}\.10; Path=\/; Max-Age=5400; HttpOnly; SameSite=Lax$/,
        );
    });

    it("should have the bounds of all other requests, and come after targets", () => {
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

    it("should break no rule in any phase", () => {
        for (const weight of [0, 10, 25, 50, 100]) {
            assert.deepEqual(findingsIn(manifestList(validManifests({ sticky, weight }))), []);
        }
    });

    it("should be said once to have no pods to go to", () => {
        const versions = { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } };
        const findings = findingsIn(manifestList(validManifests({ sticky, versions, weight: 25 })));
        assert.deepEqual(
            findings.map(({ path, found, expected }) => [path, found, expected]),
            [["spec.replicas", 0, "at least 1 while subset v2 gets weight 25"]],
        );
    });

    const cases: [what: string, change: Record<string, unknown>, problem: string][] = [
        [
            "at a weight that no user changes over at",
            { sticky, weight: 17 },
            "weight: expected 0 or a weight of the ladder (10, 25, 50, 100) while users are sticky, because each user moves at one of these, got 17.",
        ],
        [
            "with gRPC",
            { sticky, protocol: "grpc" },
            'sticky.cookie: expected nothing with protocol grpc, because its clients keep no cookies, got "web-version".',
        ],
        [
            "by a name that no cookie has",
            { sticky: { cookie: "a b" } },
            'sticky.cookie: expected the name of a cookie (at most 100 letters, digits and !#$%&\'*+.^_`|~-), such as "web-version", got "a b".',
        ],
        [
            "for less than a second",
            { sticky: { ...sticky, maxAge: "500ms" } },
            'sticky.maxAge: expected a duration in whole seconds from 1s to 8760h, such as "5s" or "1m30s", got "500ms".',
        ],
        [
            "without a cookie",
            { sticky: { maxAge: "1h" } },
            'sticky: expected cookie together with maxAge, got {"maxAge":"1h"}.',
        ],
    ];
    for (const [what, change, problem] of cases) {
        it(`should be refused ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            assert.ok(!result.ok);
            assert.deepEqual(result.problems.map(problemLine), [problem]);
        });
    }
});

// Faults that a test injects, and the stacks that may have them.
import assert from "node:assert/strict";
import { problemLine } from "../../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../../rollout/manifests/manifests";
import type { HttpRoute } from "../../../../../rollout/manifests/traffic/httpRoutes";
import { checkManifests } from "../../../../../rollout/rules";
import { validInput, validManifests } from "../../../../fixtures/rollout/rollout";

type Change = Partial<RolloutInput>;

const exemptions = { "fault-injection": "2999-12-31 chaos tests" };
const fault = {
    delay: { percentage: 50, fixedDelay: "1500ms" },
    abort: { percentage: 0.5, httpStatus: 503 },
};
const written = {
    delay: { percentage: { value: 50 }, fixedDelay: "1.5s" },
    abort: { percentage: { value: 0.5 }, httpStatus: 503 },
};

function routesOf(change: Change): readonly HttpRoute[] {
    return validManifests({ exemptions, ...change }).virtualService.spec.http;
}

function faultsOf(change: Change) {
    return Object.fromEntries(routesOf(change).map(({ name, fault }) => [name, fault]));
}

function problems(change: Change): string[] {
    const result = checkConfig(validInput(change));
    return result.ok ? [] : result.problems.map(problemLine);
}

describe("a fault", () => {
    it("is in the routes that are split, not in that of stable-only paths", () => {
        const change: Change = { fault, targets: [{ headers: { "x-beta": { exact: "1" } } }] };
        assert.deepEqual(faultsOf(change), {
            "stable-only": undefined,
            targeted: written,
            weighted: written,
        });
    });

    it("can be for the requests of one route, or for all except those of one", () => {
        const match = [{ headers: { "x-chaos": { exact: "1" } } }];
        const one: Change = { routes: [{ name: "chaos", match, fault }] };
        assert.deepEqual(faultsOf(one)["chaos-weighted"], written);
        assert.equal(faultsOf(one).weighted, undefined);
        const others: Change = { fault, routes: [{ name: "calm", match, fault: {} }] };
        assert.equal(faultsOf(others)["calm-weighted"], undefined);
        assert.deepEqual(faultsOf(others).weighted, written);
    });

    it("is on no redirect, and on no port that is not split", () => {
        const match = [{ uri: { prefix: "/old/" } }];
        const change: Change = {
            fault,
            routes: [{ name: "old", match, redirect: { uri: "/new/" } }],
            ports: [
                { name: "more", port: 8081 },
                { name: "admin", port: 9100, split: false },
            ],
        };
        const found = faultsOf(change);
        assert.equal(found["old-redirect"], undefined);
        assert.deepEqual(found["weighted-more"], written);
        assert.equal(found["weighted-admin"], undefined);
    });

    it("is at gateways too if the host is shared", () => {
        const { gatewayVirtualService } = validManifests({
            exemptions,
            fault,
            hosts: ["api.example.com"],
            gateways: ["mesh", "istio-system/public"],
            match: [{ uri: { prefix: "/orders/" } }],
        });
        assert.deepEqual(gatewayVirtualService?.spec.http.at(-1)?.fault, written);
    });

    it("is not written if it applies to no request", () => {
        const none = { delay: { percentage: 0, fixedDelay: "1s" } };
        assert.equal(faultsOf({ fault: none }).weighted, undefined);
        assert.deepEqual(problems({ fault: none }), []);
        const half = { ...none, abort: { percentage: 5, grpcStatus: "UNAVAILABLE" as const } };
        assert.deepEqual(faultsOf({ fault: half }).weighted, {
            abort: { percentage: { value: 5 }, grpcStatus: "UNAVAILABLE" },
        });
    });

    it("is refused without an exemption, with its path and value", () => {
        const abort = { abort: { percentage: 5, httpStatus: 503 } };
        const match = [{ headers: { "x-chaos": {} } }];
        const text = (path: string) =>
            `${path}: expected no fault, because \`exemptions\` does not contain fault-injection, got {"abort":{"percentage":5,"httpStatus":503}}. Remove it. In a stack for tests, set \`exemptions.fault-injection\` to a last day and a reason, such as "2027-06-30 chaos tests".`;
        const routes = [{ name: "chaos", match, fault: abort }];
        assert.deepEqual(problems({ fault: abort, routes }), [
            text("fault"),
            text("routes[0].fault"),
        ]);
        assert.deepEqual(problems({ fault: abort, routes, exemptions }), []);
    });

    it("is refused once the exemption has expired", () => {
        const manifests = manifestList(validManifests({ fault, exemptions }));
        const levels = (today: string) =>
            checkManifests(JSON.parse(JSON.stringify(manifests)), { today })
                .filter(({ rule }) => rule.id === "fault-injection")
                .map(({ level, finding }) => `${level} ${finding.path}`);
        const places = ["spec.http[1].fault.abort", "spec.http[1].fault.delay"];
        assert.deepEqual(
            levels("2999-12-31"),
            places.map((place) => `advisory ${place}`),
        );
        assert.deepEqual(
            levels("3000-01-01"),
            places.map((place) => `mandatory ${place}`),
        );
    });

    it("is refused with routing gateway-api", () => {
        const abort = { abort: { percentage: 5, httpStatus: 503 } };
        assert.deepEqual(problems({ routing: "gateway-api", fault: abort, exemptions }), [
            'fault: expected no value with routing gateway-api, because an HTTPRoute has no fault injection, got {"abort":{"percentage":5,"httpStatus":503}}. Remove it, or set `routing` to istio.',
        ]);
    });

    it("needs a percentage, and one status", () => {
        const wrong = {
            delay: { fixedDelay: "1s" },
            abort: { percentage: 101, httpStatus: 503 },
        };
        const [first = "", second = "", ...rest] = problems({ exemptions, fault: wrong as never });
        assert.match(first, /^fault\.delay\.percentage: expected a number from 0 to 100/);
        assert.match(second, /^fault\.abort\.percentage: expected a number from 0 to 100, got 101/);
        assert.deepEqual(rest, []);
        const two = { abort: { percentage: 1, httpStatus: 503, grpcStatus: "INTERNAL" as const } };
        assert.match(
            problems({ exemptions, fault: two }).join(),
            /^fault\.abort: expected exactly one of httpStatus and grpcStatus/,
        );
    });
});

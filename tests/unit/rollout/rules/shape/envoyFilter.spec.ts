// Verdicts of Istio on EnvoyFilters: pkg/config/validation/envoyfilter/envoyfilter.go.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const MERGE = { operation: "MERGE", value: { connect_timeout: "5s" } };
const REMOVE = { operation: "REMOVE" };
const MANAGER = "envoy.filters.network.http_connection_manager";

const patches = (...configPatches: object[]) => ({ configPatches });
const typed = (typed_config: object) =>
    patches({
        applyTo: "HTTP_FILTER",
        patch: { operation: "ADD", value: { name: "a", typed_config } },
    });
const filter = (settings: object) => ({ listener: { filterChain: { filter: settings } } });

const CASES: readonly VerdictCase[] = [
    ["nothing", "accepts", {}],
    ["a patch of a cluster", "accepts", patches({ applyTo: "CLUSTER", patch: MERGE })],
    ["a selector without labels", "warns", { workloadSelector: {} }],
    ["a selector with a wildcard", "rejects", { workloadSelector: { labels: { "a*": "web" } } }],
    ["a patch of nothing", "rejects", patches({ patch: MERGE })],
    ["a patch of INVALID", "rejects", patches({ applyTo: "INVALID", patch: MERGE })],
    ["no patch", "rejects", patches({ applyTo: "CLUSTER" })],
    ["no operation", "rejects", patches({ applyTo: "CLUSTER", patch: { value: {} } })],
    [
        "the operation INVALID",
        "rejects",
        patches({ applyTo: "CLUSTER", patch: { operation: "INVALID", value: {} } }),
    ],
    ["no value", "rejects", patches({ applyTo: "CLUSTER", patch: { operation: "ADD" } })],
    ["a removal without value", "accepts", patches({ applyTo: "CLUSTER", patch: REMOVE })],
    [
        "the second patch",
        "rejects",
        patches({ applyTo: "CLUSTER", patch: REMOVE }, { applyTo: "CLUSTER" }),
    ],
    [
        "a proxy version",
        "accepts",
        patches({
            applyTo: "CLUSTER",
            match: { proxy: { proxyVersion: "^1\\.2.*" } },
            patch: MERGE,
        }),
    ],
    [
        "a proxy version that RE2 cannot parse",
        "rejects",
        patches({ applyTo: "CLUSTER", match: { proxy: { proxyVersion: "(?!1)" } }, patch: MERGE }),
    ],
    ["a type", "accepts", typed({ "@type": "type.googleapis.com/envoy.Lua", inline_code: "" })],
    ["a configuration without type", "rejects", typed({ inline_code: "" })],
    ["an empty type", "rejects", typed({ "@type": "" })],
    [
        "a list of configurations without type",
        "rejects",
        patches({
            applyTo: "CLUSTER",
            patch: { operation: "MERGE", value: { filters: [{ typedConfig: {} }] } },
        }),
    ],
    [
        "a cluster's own match",
        "accepts",
        patches({ applyTo: "CLUSTER", match: { cluster: { service: "web" } }, patch: MERGE }),
    ],
    [
        "a listener's match for a cluster",
        "rejects",
        patches({ applyTo: "CLUSTER", match: { listener: {} }, patch: REMOVE }),
    ],
    [
        "a route's own match",
        "accepts",
        patches({ applyTo: "HTTP_ROUTE", match: { routeConfiguration: {} }, patch: REMOVE }),
    ],
    [
        "a cluster's match for a virtual host",
        "rejects",
        patches({ applyTo: "VIRTUAL_HOST", match: { cluster: {} }, patch: REMOVE }),
    ],
    [
        "a route's match for a filter",
        "rejects",
        patches({ applyTo: "NETWORK_FILTER", match: { routeConfiguration: {} }, patch: REMOVE }),
    ],
    [
        "any match for an extension",
        "accepts",
        patches({ applyTo: "EXTENSION_CONFIG", match: { listener: {} }, patch: REMOVE }),
    ],
    [
        "a filter by name",
        "accepts",
        patches({ applyTo: "NETWORK_FILTER", match: filter({ name: "a" }), patch: REMOVE }),
    ],
    [
        "a filter without name",
        "rejects",
        patches({ applyTo: "NETWORK_FILTER", match: filter({}), patch: REMOVE }),
    ],
    [
        "an HTTP filter",
        "accepts",
        patches({
            applyTo: "HTTP_FILTER",
            match: filter({ name: MANAGER, subFilter: { name: "a" } }),
            patch: REMOVE,
        }),
    ],
    [
        "an HTTP filter without name",
        "rejects",
        patches({
            applyTo: "HTTP_FILTER",
            match: filter({ name: MANAGER, subFilter: {} }),
            patch: REMOVE,
        }),
    ],
    [
        "an HTTP filter in another filter",
        "rejects",
        patches({
            applyTo: "HTTP_FILTER",
            match: filter({ name: "a", subFilter: { name: "a" } }),
            patch: REMOVE,
        }),
    ],
    [
        "an HTTP filter for a patch of a network filter",
        "rejects",
        patches({
            applyTo: "NETWORK_FILTER",
            match: filter({ name: MANAGER, subFilter: { name: "a" } }),
            patch: REMOVE,
        }),
    ],
];

describe("Istio on EnvoyFilter objects", () => {
    for (const [title, verdict, spec] of CASES) {
        it(titleOf(verdict, title), () => {
            assert.equal(verdictOf(istioObject("EnvoyFilter", spec)), verdict);
        });
    }
});

// Verdicts of Istio on VirtualServices, as in pkg/config/validation/{validation,virtualservice}_test.go.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const route = [{ destination: { host: "foo.baz" } }];
const uri = (match: object) => ({ match: [{ uri: match }], route });
const headers = (match: object) => ({ match: [{ headers: match }], route });
const retries = (settings: object) => ({ retries: settings, route });
const fault = (settings: object) => ({ fault: settings, route });
const cors = (corsPolicy: object) => ({ corsPolicy, route });
const operation = (direction: string, name: string, header: string, value = "ok") => ({
    headers: { [direction]: { [name]: { [header]: value } } },
    route,
});

const HTTP: readonly VerdictCase[] = [
    ["a route", "accepts", { route }],
    ["a route without anything", "rejects", {}],
    ["a redirect", "accepts", { redirect: { uri: "/new", authority: "foo.biz" } }],
    ["a redirect beside a route", "rejects", { redirect: { uri: "/new" }, route }],
    ["a redirect without goal", "rejects", { redirect: { redirectCode: 301 } }],
    ["a redirect by port", "accepts", { redirect: { port: 8443 } }],
    ["a redirect to a derived port", "accepts", { redirect: { derivePort: "FROM_REQUEST_PORT" } }],
    ["a redirect with status 200", "rejects", { redirect: { uri: "/", redirectCode: 200 } }],
    ["a redirect to ftp", "rejects", { redirect: { scheme: "ftp" } }],
    [
        "a redirect beside a fault",
        "rejects",
        { redirect: { uri: "/" }, fault: { abort: { httpStatus: 500 } } },
    ],
    ["a redirect beside a rewrite", "rejects", { redirect: { uri: "/" }, rewrite: { uri: "/" } }],
    ["an answer", "accepts", { directResponse: { status: 503 } }],
    ["an answer with status 100", "rejects", { directResponse: { status: 100 } }],
    ["an answer beside a route", "rejects", { directResponse: { status: 503 }, route }],
    [
        "an answer of 150 KiB",
        "warns",
        { directResponse: { status: 200, body: { string: "x".repeat(153_600) } } },
    ],
    [
        "an answer of 2 MiB",
        "rejects",
        { directResponse: { status: 200, body: { string: "x".repeat(2_097_152) } } },
    ],
    ["a destination without host", "rejects", { route: [{ destination: {} }] }],
    ["a destination *", "rejects", { route: [{ destination: { host: "*" } }] }],
    ["a destination foo.*", "rejects", { route: [{ destination: { host: "foo.*" } }] }],
    ["a destination default/baz", "rejects", { route: [{ destination: { host: "default/baz" } }] }],
    ["a destination *.baz", "accepts", { route: [{ destination: { host: "*.baz" } }] }],
    ["a port without number", "rejects", { route: [{ destination: { host: "a.b", port: {} } }] }],
    ["a subset with a dot", "rejects", { route: [{ destination: { host: "a", subset: "v.1" } }] }],
    ["null as a route", "rejects", null],
    ["10 retries", "accepts", retries({ attempts: 10 })],
    ["retries on conditions", "accepts", retries({ attempts: 2, retryOn: "5xx,gateway-error" })],
    ["retries on a status", "accepts", retries({ attempts: 2, retryOn: "503,connect-failure" })],
    ["retries on status 600", "rejects", retries({ attempts: 2, retryOn: "600" })],
    ["retries on other words", "rejects", retries({ attempts: 2, retryOn: "5xx,invalid policy" })],
    ["retries after a space", "rejects", retries({ attempts: 2, retryOn: "5xx, reset" })],
    ["-1 retries", "rejects", retries({ attempts: -1 })],
    ["no retries", "accepts", retries({ attempts: 0 })],
    ["a policy for 0 retries", "rejects", retries({ attempts: 0, perTryTimeout: "2s" })],
    ["localities for 0 retries", "rejects", retries({ retryRemoteLocalities: false })],
    ["a try of 999ns", "rejects", retries({ attempts: 2, perTryTimeout: "0.000000999s" })],
    ["a try of 2.000000001s", "rejects", retries({ attempts: 2, perTryTimeout: "2.000000001s" })],
    ["a backoff of 999ns", "rejects", retries({ attempts: 2, backoff: "0.000000999s" })],
    ["a timeout of 0s", "rejects", { route, timeout: "0s" }],
    ["an empty prefix of the path", "accepts", uri({ prefix: "" })],
    ["an empty regex of the path", "rejects", uri({ regex: "" })],
    ["a regex for RE2", "accepts", uri({ regex: "/(a|b)+\\d" })],
    ["a regex with back-references", "rejects", uri({ regex: "(a)\\1" })],
    ["a regex of 1025 characters", "rejects", uri({ regex: "a".repeat(1025) })],
    ["an empty prefix of a method", "rejects", { match: [{ method: { prefix: "" } }], route }],
    [
        "an empty regex of a query",
        "rejects",
        { match: [{ queryParams: { q: { regex: "" } } }], route },
    ],
    ["a header", "accepts", headers({ "x-user": { exact: "1" } })],
    ["a present header", "accepts", headers({ "x-user": {} })],
    ["a header that is null", "rejects", headers({ "x-user": null })],
    ["a header without name", "rejects", headers({ "": { exact: "1" } })],
    ["a header with a space", "rejects", headers({ "x user": { exact: "1" } })],
    ["the pseudo header :authority", "accepts", headers({ ":authority": { exact: "a" } })],
    [
        "any value but none",
        "accepts",
        { match: [{ withoutHeaders: { a: { regex: "*" } } }], route },
    ],
    ["no value ?", "rejects", { match: [{ withoutHeaders: { a: { regex: "?" } } }], route }],
    ["a namespace Foo_Bar", "rejects", { match: [{ sourceNamespace: "Foo_Bar" }], route }],
    ["a port 70000", "rejects", { match: [{ port: 70_000 }], route }],
    ["a bad label", "rejects", { match: [{ sourceLabels: { "@": "~" } }], route }],
    ["a header of the answer", "accepts", operation("response", "set", "x-a", "%HOSTNAME% 5%%")],
    ["an unfinished variable", "rejects", operation("response", "set", "x-a", "abc%def")],
    ["arguments of a variable", "accepts", operation("request", "set", "a", "%REQ(X?Y)%")],
    ["the name of no header", "rejects", operation("request", "add", "")],
    ["the authority of a request", "accepts", operation("request", "set", ":authority", "a.b")],
    [
        "a null host of an answer",
        "accepts",
        { headers: { response: { set: { host: null } } }, route },
    ],
    ["the host of an answer", "rejects", operation("response", "add", "Host")],
    ["the path of a request", "rejects", operation("request", "set", ":path", "/")],
    ["the host to remove", "rejects", { headers: { request: { remove: ["host"] } }, route }],
    [
        "the authority twice",
        "rejects",
        { ...operation("request", "set", ":authority", "a.b"), rewrite: { authority: "c.d" } },
    ],
    ["a rewrite", "accepts", { rewrite: { uri: "/new", authority: "foo.org" }, route }],
    ["a rewrite of nothing", "rejects", { rewrite: {}, route }],
    [
        "a rewrite in two ways",
        "rejects",
        { rewrite: { uri: "/", uriRegexRewrite: { match: "a", rewrite: "b" } }, route },
    ],
    [
        "a rewrite without match",
        "rejects",
        { rewrite: { uriRegexRewrite: { rewrite: "b" } }, route },
    ],
    ["a mirror", "accepts", { mirror: { host: "a.b" }, route }],
    [
        "a mirror twice",
        "rejects",
        { mirror: { host: "a" }, mirrors: [{ destination: { host: "b" } }], route },
    ],
    ["a mirror to nowhere", "rejects", { mirrors: [{}], route }],
    [
        "a mirror of 101 %",
        "rejects",
        { mirror: { host: "a" }, mirrorPercentage: { value: 101 }, route },
    ],
    [
        "a mirror of -1 %",
        "rejects",
        { mirrors: [{ destination: { host: "a" }, percentage: { value: -1 } }], route },
    ],
    ["the old mirror percentage", "warns", { mirror: { host: "a" }, mirrorPercent: 5, route }],
    [
        "an aborted request",
        "accepts",
        fault({ abort: { httpStatus: 503, percentage: { value: 20 } } }),
    ],
    ["an abort with gRPC", "accepts", fault({ abort: { grpcStatus: "UNAVAILABLE" } })],
    ["an abort with 14", "rejects", fault({ abort: { grpcStatus: "14" } })],
    ["an abort without status", "warns", fault({ abort: { percentage: { value: 20 } } })],
    ["an abort with 9000", "rejects", fault({ abort: { httpStatus: 9000 } })],
    ["an abort of HTTP/2", "rejects", fault({ abort: { http2Error: "x" } })],
    [
        "aborts of 0.00001 %",
        "rejects",
        fault({ abort: { httpStatus: 500, percentage: { value: 0.00001 } } }),
    ],
    ["a delay", "accepts", fault({ delay: { fixedDelay: "3s", percentage: { value: 20 } } })],
    ["a growing delay", "rejects", fault({ delay: { exponentialDelay: "3s" } })],
    ["a fault of nothing", "rejects", fault({})],
    ["the old delay percentage", "warns", fault({ delay: { fixedDelay: "3s", percent: 20 } })],
    [
        "CORS",
        "accepts",
        cors({ allowOrigins: [{ exact: "a" }], allowMethods: ["GET"], maxAge: "2s" }),
    ],
    ["CORS of a bad method", "rejects", cors({ allowMethods: ["PUTT"] })],
    ["CORS of headers in one string", "accepts", cors({ allowHeaders: ["x-a,x-b"] })],
    ["CORS of a bad header", "rejects", cors({ allowHeaders: ["header 1"] })],
    ["CORS for half a second", "rejects", cors({ maxAge: "1.5s" })],
    ["CORS of an empty origin", "rejects", cors({ allowOrigins: [{ exact: "" }] })],
];

const DELEGATE: readonly VerdictCase[] = [
    ["a delegation", "accepts", { delegate: { name: "reviews", namespace: "other" } }],
    ["a delegation beside a route", "rejects", { delegate: { name: "reviews" }, route }],
    [
        "a delegation beside a redirect",
        "rejects",
        { delegate: { name: "a" }, redirect: { uri: "/" } },
    ],
];

const http = [{ route }];
const SPECS: readonly VerdictCase[] = [
    ["no spec", "rejects", undefined],
    ["null as the spec", "rejects", null],
    ["no routes", "rejects", { hosts: ["foo.bar"] }],
    ["hosts within each other", "rejects", { hosts: ["*.foo.bar", "*.bar"], http }],
    ["a bad host", "rejects", { hosts: ["foo.ba!r"], http }],
    ["an IP address as a host", "accepts", { hosts: ["1.1.1.1"], http }],
    ["a delegate", "accepts", { http }],
    ["a delegate with a gateway", "rejects", { gateways: ["ns1/gateway"], http }],
    ["a delegate that delegates", "rejects", { http: [{ delegate: { name: "a" } }] }],
    ["a bad gateway", "rejects", { hosts: ["foo.bar"], gateways: ["b@dgateway"], http }],
    [
        "the old form of a gateway",
        "warns",
        { hosts: ["foo.bar"], gateways: ["a.example.com"], http },
    ],
    ["a gateway", "accepts", { hosts: ["foo.bar"], gateways: ["ns1/gateway"], http }],
    ["all gateways", "rejects", { hosts: ["foo.bar"], gateways: ["ns1/*"], http }],
    [
        "gateways of all namespaces",
        "rejects",
        { hosts: ["foo.bar"], gateways: ["*/gateway"], http },
    ],
    ["all hosts of the mesh", "rejects", { hosts: ["*"], http }],
    ["all hosts of a gateway", "accepts", { hosts: ["*"], gateways: ["somegateway"], http }],
    ["a TCP route without route", "rejects", { hosts: ["a"], tcp: [{ match: [{ port: 999 }] }] }],
    [
        "a TCP subnet",
        "rejects",
        { hosts: ["a"], tcp: [{ match: [{ destinationSubnets: ["1.2.3.4/99"] }], route }] },
    ],
    [
        "a TLS route",
        "accepts",
        { hosts: ["foo.bar"], tls: [{ match: [{ sniHosts: ["foo.bar"] }], route }] },
    ],
    ["a TLS route without match", "rejects", { hosts: ["foo.bar"], tls: [{ route }] }],
    [
        "a TLS route without route",
        "rejects",
        { hosts: ["foo.bar"], tls: [{ match: [{ sniHosts: ["foo.bar"] }] }] },
    ],
    [
        "another SNI host",
        "rejects",
        { hosts: ["foo.bar"], tls: [{ match: [{ sniHosts: ["a.b"] }], route }] },
    ],
    [
        "an IP address as SNI",
        "warns",
        { hosts: ["foo.bar"], tls: [{ match: [{ sniHosts: ["1.1.1.1"] }], route }] },
    ],
    [
        "a bad SNI host",
        "rejects",
        { hosts: ["foo.bar"], tls: [{ match: [{ sniHosts: ["foo.*.com"] }], route }] },
    ],
    [
        "an SNI host of Istio",
        "accepts",
        {
            hosts: ["outbound_.15010_._.istiod.istio-system.svc.cluster.local"],
            gateways: ["ns1/gateway"],
            tls: [
                {
                    match: [
                        { sniHosts: ["outbound_.15010_._.istiod.istio-system.svc.cluster.local"] },
                    ],
                    route,
                },
            ],
        },
    ],
    [
        "a claim in the mesh",
        "rejects",
        {
            hosts: ["a"],
            gateways: ["mesh"],
            http: [headers({ "@request.auth.claims.foo": { exact: "a" } })],
        },
    ],
    [
        "a claim at a gateway",
        "accepts",
        {
            hosts: ["a"],
            gateways: ["edge"],
            http: [headers({ "@request.auth.claims[foo]": { exact: "a" } })],
        },
    ],
    ["its own namespace", "accepts", { hosts: ["a"], http, exportTo: ["."] }],
    ["its own namespace twice", "rejects", { hosts: ["a"], http, exportTo: [".", "shop"] }],
    ["all namespaces and one", "rejects", { hosts: ["a"], http, exportTo: ["*", "ns"] }],
    ["no namespace", "rejects", { hosts: ["a"], http, exportTo: ["~"] }],
    ["a bad namespace", "rejects", { hosts: ["a"], http, exportTo: ["n@s"] }],
];

describe("Istio on VirtualServices", () => {
    for (const [title, verdict, one] of [...HTTP, ...DELEGATE]) {
        it(titleOf(verdict, title), () => {
            const spec = { hosts: ["foo.bar"], http: [one] };
            assert.equal(verdictOf(istioObject("VirtualService", spec)), verdict);
        });
    }
    for (const [title, verdict, spec] of SPECS) {
        it(titleOf(verdict, `a spec: ${title}`), () => {
            assert.equal(verdictOf(istioObject("VirtualService", spec)), verdict);
        });
    }
});

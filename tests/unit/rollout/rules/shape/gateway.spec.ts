// Verdicts of Istio on Gateways, ServiceEntries and Sidecars, as in pkg/config/validation/validation_test.go.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const http = { number: 80, name: "http", protocol: "HTTP" };
const https = { number: 443, name: "https", protocol: "HTTPS" };
const hosts = ["foo.bar.com"];
const servers = (...list: object[]) => ({ servers: list });
const ofHost = (host: string) => servers({ hosts: [host], port: http });
const secure = (tls: object) => servers({ hosts, port: https, tls });

const GATEWAYS: readonly VerdictCase[] = [
    ["a server", "accepts", ofHost("foo.bar.com")],
    ["no server", "rejects", {}],
    ["no host", "rejects", servers({ port: http })],
    ["no port", "rejects", servers({ hosts })],
    ["a port 66000", "rejects", servers({ hosts, port: { ...http, number: 66_000 } })],
    ["a port without name", "rejects", servers({ hosts, port: { number: 80, protocol: "HTTP" } })],
    ["a port with targetPort", "rejects", servers({ hosts, port: { ...http, targetPort: 8080 } })],
    ["a protocol HTTP3", "rejects", servers({ hosts, port: { ...http, protocol: "HTTP3" } })],
    [
        "a protocol in lower case",
        "accepts",
        servers({ hosts, port: { ...http, protocol: "http" } }),
    ],
    [
        "a port name twice",
        "rejects",
        servers({ hosts, port: http }, { hosts, port: { ...http, number: 8080 } }),
    ],
    ["an IP address", "accepts", ofHost("1.1.1.1")],
    ["a host of a namespace", "accepts", ofHost("ns1/foo.bar.com")],
    ["a host of all namespaces", "accepts", ofHost("*/foo.bar.com")],
    ["a host of its namespace", "accepts", ofHost("./foo.bar.com")],
    ["a host of no namespace", "rejects", ofHost("~/foo.bar.com")],
    ["a wildcard inside", "rejects", ofHost("foo.*.bar.com")],
    ["a part of a wildcard", "rejects", ofHost("*bar.com")],
    ["a short name", "rejects", ofHost("foo")],
    ["all hosts", "accepts", ofHost("*")],
    ["a redirect", "accepts", servers({ hosts, port: http, tls: { httpsRedirect: true } })],
    ["a redirect of HTTPS", "warns", secure({ httpsRedirect: true })],
    [
        "TLS on plain text",
        "rejects",
        servers({ hosts, port: http, tls: { mode: "SIMPLE", credentialName: "a" } }),
    ],
    [
        "TLS on TCP",
        "rejects",
        servers({
            hosts,
            port: { ...http, protocol: "TCP" },
            tls: { mode: "SIMPLE", credentialName: "a" },
        }),
    ],
    ["HTTPS without TLS", "rejects", servers({ hosts, port: https })],
    ["a Secret", "accepts", secure({ mode: "SIMPLE", credentialName: "a" })],
    [
        "a Secret beside several",
        "rejects",
        secure({ mode: "SIMPLE", credentialName: "a", credentialNames: ["b", "c"] }),
    ],
    [
        "a Secret beside files",
        "rejects",
        secure({ mode: "SIMPLE", credentialName: "a", serverCertificate: "b", privateKey: "c" }),
    ],
    [
        "a Secret beside half of the files",
        "accepts",
        secure({ mode: "SIMPLE", credentialName: "a", serverCertificate: "b" }),
    ],
    [
        "files twice",
        "rejects",
        secure({
            mode: "SIMPLE",
            serverCertificate: "a",
            privateKey: "b",
            tlsCertificates: [{ serverCertificate: "c", privateKey: "d" }],
        }),
    ],
    [
        "PASSTHROUGH with a Secret and a list of revoked certificates",
        "rejects",
        secure({ mode: "PASSTHROUGH", credentialName: "a", caCrl: "b" }),
    ],
    ["several Secrets", "accepts", secure({ mode: "SIMPLE", credentialNames: ["a", "b"] })],
    ["no certificate", "rejects", secure({ mode: "SIMPLE" })],
    ["files", "accepts", secure({ mode: "SIMPLE", serverCertificate: "a", privateKey: "b" })],
    [
        "MUTUAL without CA",
        "rejects",
        secure({ mode: "MUTUAL", serverCertificate: "a", privateKey: "b" }),
    ],
    ["ISTIO_MUTUAL", "accepts", secure({ mode: "ISTIO_MUTUAL" })],
    [
        "ISTIO_MUTUAL with a Secret",
        "rejects",
        secure({ mode: "ISTIO_MUTUAL", credentialName: "a" }),
    ],
    ["PASSTHROUGH with a Secret", "warns", secure({ mode: "PASSTHROUGH", credentialName: "a" })],
    [
        "a CRL for SIMPLE",
        "rejects",
        secure({ mode: "SIMPLE", serverCertificate: "a", privateKey: "b", caCrl: "c" }),
    ],
    [
        "an unknown cipher",
        "warns",
        secure({ mode: "SIMPLE", credentialName: "a", cipherSuites: ["nope"] }),
    ],
    [
        "a cipher twice",
        "warns",
        secure({ mode: "SIMPLE", credentialName: "a", cipherSuites: ["AES128-SHA", "AES128-SHA"] }),
    ],
    [
        "TLS 1.0 without ciphers",
        "warns",
        secure({ mode: "SIMPLE", credentialName: "a", minProtocolVersion: "TLSV1_0" }),
    ],
    [
        "a Unix socket",
        "accepts",
        servers({ hosts, bind: "unix:///a", port: { ...http, number: 0 } }),
    ],
    ["a Unix socket with a port", "rejects", servers({ hosts, bind: "unix:///a", port: http })],
    ["an address that is no IP", "rejects", servers({ hosts, bind: "a.b", port: http })],
];

const ports = [{ number: 80, name: "http", protocol: "HTTP" }];
const google = { hosts: ["google.com"], ports };
const endpoints = (...addresses: string[]) => addresses.map((address) => ({ address }));

const SERVICE_ENTRIES: readonly VerdictCase[] = [
    ["a host by DNS", "accepts", { ...google, resolution: "DNS" }],
    ["no host", "rejects", { ports, resolution: "DNS" }],
    ["all hosts", "rejects", { hosts: ["*"], ports }],
    ["a wildcard without resolution", "accepts", { hosts: ["*.google.com"], ports }],
    ["a wildcard by DNS", "rejects", { hosts: ["*.google.com"], ports, resolution: "DNS" }],
    [
        "a wildcard by endpoints",
        "accepts",
        {
            hosts: ["*.google.com"],
            ports,
            resolution: "DNS",
            endpoints: endpoints("lon.google.com"),
        },
    ],
    ["a part of a wildcard", "warns", { hosts: ["*google.com"], ports }],
    ["a port name twice", "rejects", { ...google, ports: [...ports, { ...ports[0], number: 81 }] }],
    ["a bad port name", "rejects", { ...google, ports: [{ ...ports[0], name: "a_b" }] }],
    ["a bad protocol", "rejects", { ...google, ports: [{ ...ports[0], protocol: "NOPE" }] }],
    ["a port 70000", "rejects", { ...google, ports: [{ ...ports[0], number: 70_000 }] }],
    [
        "an address",
        "accepts",
        {
            ...google,
            addresses: ["172.1.2.16", "10.0.0.0/8"],
            resolution: "STATIC",
            endpoints: endpoints("1.1.1.1"),
        },
    ],
    ["a CIDR by DNS", "rejects", { ...google, addresses: ["10.0.0.0/8"], resolution: "DNS" }],
    ["a bad CIDR", "rejects", { ...google, addresses: ["10.0.0.0/99"] }],
    [
        "a static host",
        "rejects",
        { ...google, resolution: "STATIC", endpoints: endpoints("google.com") },
    ],
    [
        "a static Unix socket",
        "accepts",
        { ...google, resolution: "STATIC", endpoints: endpoints("unix:///a/b") },
    ],
    [
        "endpoints without resolution",
        "rejects",
        { ...google, resolution: "NONE", endpoints: endpoints("1.1.1.1") },
    ],
    [
        "two endpoints by turns",
        "rejects",
        { ...google, resolution: "DNS_ROUND_ROBIN", endpoints: endpoints("a.b", "c.d") },
    ],
    [
        "an endpoint's unknown port",
        "rejects",
        { ...google, resolution: "DNS", endpoints: [{ address: "a.b", ports: { other: 80 } }] },
    ],
    [
        "two TCP hosts",
        "rejects",
        {
            hosts: ["a.com", "b.com"],
            resolution: "DNS",
            ports: [{ number: 1, name: "tcp", protocol: "TCP" }],
        },
    ],
    ["two HTTP hosts", "accepts", { hosts: ["a.com", "b.com"], resolution: "DNS", ports }],
    [
        "workloads beside endpoints",
        "rejects",
        {
            ...google,
            resolution: "STATIC",
            workloadSelector: { labels: { a: "b" } },
            endpoints: endpoints("1.1.1.1"),
        },
    ],
    [
        "workloads by wildcard",
        "rejects",
        { ...google, resolution: "STATIC", workloadSelector: { labels: { a: "*" } } },
    ],
    ["nobody", "accepts", { ...google, exportTo: ["~"] }],
    ["nobody and somebody", "rejects", { ...google, exportTo: ["~", "ns"] }],
    [
        "wildcards resolved for each request",
        "accepts",
        { hosts: ["*.a.com"], ports, resolution: "DYNAMIC_DNS", location: "MESH_EXTERNAL" },
    ],
    [
        "a host resolved for each request",
        "rejects",
        { hosts: ["a.com"], ports, resolution: "DYNAMIC_DNS", location: "MESH_EXTERNAL" },
    ],
    [
        "a mesh host resolved for each request",
        "rejects",
        { hosts: ["*.a.com"], ports, resolution: "DYNAMIC_DNS", location: "MESH_INTERNAL" },
    ],
    [
        "a host at the default location resolved for each request",
        "accepts",
        { hosts: ["*.a.com"], ports, resolution: "DYNAMIC_DNS" },
    ],
    [
        "a Unix socket for one port",
        "accepts",
        { hosts: ["a.com"], ports, resolution: "STATIC", endpoints: [{ address: "unix:///a" }] },
    ],
    [
        "a Unix socket for two ports",
        "rejects",
        {
            hosts: ["a.com"],
            ports: [...ports, { number: 90, name: "b", protocol: "HTTP" }],
            resolution: "STATIC",
            endpoints: [{ address: "unix:///a" }],
        },
    ],
    [
        "a null port of an endpoint",
        "accepts",
        {
            hosts: ["a.com"],
            ports,
            resolution: "STATIC",
            endpoints: [{ address: "1.1.1.1", ports: { other: null } }],
        },
    ],
];

const egress = (...list: object[]) => ({ egress: list });
const ingress = (listener: object) => ({
    ingress: [{ port: http, defaultEndpoint: "127.0.0.1:8080", ...listener }],
});

const SIDECARS: readonly VerdictCase[] = [
    ["nothing", "rejects", {}],
    ["hosts", "accepts", egress({ hosts: ["./*", "istio-system/*"] })],
    ["no hosts", "rejects", egress({ port: http })],
    ["a host without namespace", "rejects", egress({ hosts: ["foo.com"] })],
    ["a short host", "rejects", egress({ hosts: ["ns/foo"] })],
    ["a bad namespace", "rejects", egress({ hosts: ["ns_1/*"] })],
    ["a repeated host", "warns", egress({ hosts: ["ns/*", "ns/foo.com"] })],
    [
        "a port",
        "accepts",
        egress({ port: { ...http, number: 9080 }, hosts: ["ns/*"] }, { hosts: ["*/*"] }),
    ],
    [
        "all ports before one",
        "rejects",
        egress({ hosts: ["*/*"] }, { port: http, hosts: ["ns/*"] }),
    ],
    [
        "a port twice",
        "rejects",
        egress({ port: http, hosts: ["ns/*"] }, { port: http, hosts: ["a/*"] }),
    ],
    [
        "a Unix socket",
        "accepts",
        egress({
            port: { number: 0, protocol: "HTTP", name: "a" },
            bind: "unix:///a",
            hosts: ["*/*"],
        }),
    ],
    [
        "port 0",
        "rejects",
        egress({ port: { number: 0, protocol: "HTTP", name: "a" }, hosts: ["*/*"] }),
    ],
    ["an ingress", "accepts", ingress({})],
    ["an ingress of another pod", "rejects", ingress({ defaultEndpoint: "10.0.0.1:80" })],
    ["an ingress without port number", "rejects", ingress({ defaultEndpoint: "127.0.0.1" })],
    ["an ingress to a Unix socket", "accepts", ingress({ defaultEndpoint: "unix:///a" })],
    [
        "TLS on plain text",
        "rejects",
        ingress({ tls: { mode: "SIMPLE", serverCertificate: "a", privateKey: "b" } }),
    ],
    [
        "TLS",
        "accepts",
        ingress({ port: https, tls: { mode: "SIMPLE", serverCertificate: "a", privateKey: "b" } }),
    ],
    [
        "TLS by a Secret",
        "rejects",
        ingress({ port: https, tls: { mode: "SIMPLE", credentialName: "a" } }),
    ],
    [
        "an egress proxy",
        "accepts",
        {
            outboundTrafficPolicy: {
                mode: "ALLOW_ANY",
                egressProxy: { host: "a.b", port: { number: 80 } },
            },
        },
    ],
    [
        "an egress proxy at any of several hosts",
        "rejects",
        {
            outboundTrafficPolicy: {
                mode: "ALLOW_ANY",
                egressProxy: { host: "*.b", port: { number: 80 } },
            },
        },
    ],
    [
        "a pool without TCP idle timeout",
        "accepts",
        { inboundConnectionPool: { tcp: { idleTimeout: "0s" } } },
    ],
    [
        "a pool with a negative TCP idle timeout",
        "rejects",
        { inboundConnectionPool: { tcp: { idleTimeout: "-1s" } } },
    ],
    [
        "an egress proxy for nothing",
        "rejects",
        {
            outboundTrafficPolicy: {
                mode: "REGISTRY_ONLY",
                egressProxy: { host: "a.b", port: { number: 80 } },
            },
        },
    ],
    [
        "an egress proxy without port",
        "rejects",
        { outboundTrafficPolicy: { mode: "ALLOW_ANY", egressProxy: { host: "a.b" } } },
    ],
];

for (const [kind, cases] of [
    ["Gateway", GATEWAYS],
    ["ServiceEntry", SERVICE_ENTRIES],
    ["Sidecar", SIDECARS],
] as const) {
    describe(`Istio on ${kind} objects`, () => {
        for (const [title, verdict, spec] of cases) {
            it(titleOf(verdict, title), () => {
                assert.equal(verdictOf(istioObject(kind, spec)), verdict);
            });
        }
    });
}

// Verdicts of Istio on WorkloadEntries and WorkloadGroups: pkg/config/validation/validation.go.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const ENTRIES: readonly VerdictCase[] = [
    ["an IP address", "accepts", { address: "10.0.0.7", ports: { http: 80 } }],
    ["an IPv6 address", "accepts", { address: "2001:db8::7" }],
    ["a host", "accepts", { address: "vm-1.example.com", labels: { app: "web" } }],
    ["a Unix socket", "accepts", { address: "unix:///var/run/web.sock" }],
    ["a URL as the address", "rejects", { address: "http://vm-1" }],
    ["a wildcard as the address", "rejects", { address: "*.example.com" }],
    ["a path as a Unix socket", "rejects", { address: "unix://web.sock" }],
    ["a Unix socket with a port", "rejects", { address: "unix:///web.sock", ports: { http: 80 } }],
    ["an empty address", "rejects", { address: "" }],
    ["no address", "rejects", { labels: { app: "web" } }],
    ["a network instead of an address", "warns", { network: "vm-network" }],
    ["a label with a space", "rejects", { address: "10.0.0.7", labels: { app: "my web" } }],
];

const probe = (settings: object) => ({ template: { serviceAccount: "web" }, probe: settings });

const GROUPS: readonly VerdictCase[] = [
    ["a template", "accepts", { template: {} }],
    ["no template", "rejects", { metadata: { labels: { app: "web" } } }],
    ["labels", "accepts", { template: {}, metadata: { labels: { app: "web" } } }],
    ["a bad label", "rejects", { template: {}, metadata: { labels: { "my app": "web" } } }],
    ["a template without an address", "accepts", { template: { ports: { http: 8080 } } }],
    ["a probe by HTTP", "accepts", probe({ httpGet: { port: 80, path: "/ready" } })],
    ["a probe by TCP", "accepts", probe({ tcpSocket: { port: 80 } })],
    ["a probe by a command", "accepts", probe({ exec: { command: ["ready"] } })],
    ["a probe by no command", "rejects", probe({ exec: { command: [] } })],
    ["a probe without method", "rejects", probe({ periodSeconds: 5 })],
    ["a probe by gRPC", "rejects", probe({ grpc: { port: 80 } })],
    [
        "a header of a probe",
        "accepts",
        probe({ httpGet: { port: 80, httpHeaders: [{ name: "x-probe", value: "1" }] } }),
    ],
    [
        "a header of a probe with an underscore",
        "rejects",
        probe({ httpGet: { port: 80, httpHeaders: [{ name: "x_probe", value: "1" }] } }),
    ],
];

for (const [kind, cases] of [
    ["WorkloadEntry", ENTRIES],
    ["WorkloadGroup", GROUPS],
] as const) {
    describe(`Istio on ${kind} objects`, () => {
        for (const [title, verdict, spec] of cases) {
            it(titleOf(verdict, title), () => {
                assert.equal(verdictOf(istioObject(kind, spec)), verdict);
            });
        }
    });
}

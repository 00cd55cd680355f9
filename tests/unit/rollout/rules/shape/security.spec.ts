// Verdicts of Istio on security policies, as in pkg/config/validation/validation_test.go and testdata/crds.
import assert from "node:assert/strict";
import {
    istioObject,
    titleOf,
    type VerdictCase,
    verdictOf,
} from "../../../../fixtures/rules/verdicts";

const selector = { matchLabels: { app: "web" } };
const target = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "web" };
const source = (attributes: object) => ({ rules: [{ from: [{ source: attributes }] }] });
const to = (operation: object) => ({ rules: [{ to: [{ operation }] }] });
const when = (condition: object) => ({ rules: [{ when: [condition] }] });
const custom = (rule: object) => ({ action: "CUSTOM", provider: { name: "a" }, rules: [rule] });

const AUTHORIZATION: readonly VerdictCase[] = [
    ["nothing, which denies all", "accepts", {}],
    ["an empty list of rules", "accepts", { rules: [] }],
    ["an action BLOCK", "rejects", { action: "BLOCK" }],
    ["DENY without rules", "rejects", { action: "DENY" }],
    ["DENY for all", "accepts", { action: "DENY", rules: [{}] }],
    ["CUSTOM without rules", "rejects", { action: "CUSTOM", provider: { name: "a" } }],
    ["CUSTOM without provider", "rejects", { action: "CUSTOM", rules: [{}] }],
    ["CUSTOM", "accepts", custom({ to: [{ operation: { paths: ["/"] } }] })],
    ["CUSTOM by principal", "rejects", custom({ from: [{ source: { principals: ["a"] } }] })],
    [
        "CUSTOM by namespace",
        "rejects",
        custom({ when: [{ key: "source.namespace", values: ["a"] }] }),
    ],
    ["a provider of ALLOW", "rejects", { provider: { name: "a" }, rules: [{}] }],
    ["a principal", "accepts", source({ principals: ["cluster.local/ns/a/sa/b"] })],
    ["an empty source", "rejects", source({})],
    ["a source that is missing", "rejects", { rules: [{ from: [{}] }] }],
    ["an empty principal", "rejects", source({ principals: [""] })],
    ["an account", "accepts", source({ serviceAccounts: ["bar/sa"] })],
    [
        "an account beside a namespace",
        "rejects",
        source({ serviceAccounts: ["bar/sa"], namespaces: ["bar"] }),
    ],
    ["an account by wildcard", "rejects", source({ serviceAccounts: ["bar/*"] })],
    ["an account with two slashes", "rejects", source({ serviceAccounts: ["a/b/c"] })],
    ["an IP block", "accepts", source({ ipBlocks: ["1.2.3.0/24", "2001:db8::1"] })],
    ["a bad IP block", "rejects", source({ notIpBlocks: ["1.2.3.0/33"] })],
    ["a method", "accepts", to({ methods: ["GET"] })],
    ["an empty operation", "rejects", to({})],
    ["a port that is no number", "rejects", to({ ports: ["http"] })],
    ["a port 65536", "rejects", to({ ports: ["65536"] })],
    ["a path template", "accepts", to({ paths: ["/a/{*}/b/{**}"] })],
    ["a template that goes on", "rejects", to({ paths: ["/a/{**}/b/{*}"] })],
    ["another template", "rejects", to({ paths: ["/a/{id}"] })],
    ["a wildcard beside a template", "rejects", to({ paths: ["/a/{*}/*"] })],
    ["DENY of a path alone", "warns", { action: "DENY", ...to({ paths: ["/"] }) }],
    [
        "DENY of a path and port",
        "accepts",
        { action: "DENY", ...to({ paths: ["/"], ports: ["80"] }) },
    ],
    ["a condition", "accepts", when({ key: "request.headers[x-a]", values: ["b"] })],
    ["a condition without values", "rejects", when({ key: "source.ip" })],
    ["a condition without key", "rejects", when({ values: ["a"] })],
    ["an unknown condition", "rejects", when({ key: "request.header[x]", values: ["a"] })],
    ["a condition without brackets", "rejects", when({ key: "request.headers", values: ["a"] })],
    ["a condition of a bad IP", "rejects", when({ key: "source.ip", values: ["a"] })],
    ["a condition of a bad port", "rejects", when({ key: "destination.port", values: ["70000"] })],
    ["a target", "accepts", { targetRefs: [target], rules: [{}] }],
    ["a target beside a selector", "rejects", { selector, targetRefs: [target], rules: [{}] }],
    [
        "a target of another kind",
        "rejects",
        { targetRefs: [{ ...target, kind: "Pod" }], rules: [{}] },
    ],
    ["a selector by wildcard", "rejects", { selector: { matchLabels: { app: "w*" } } }],
    ["a selector without labels", "warns", { selector: {} }],
];

const PEERS: readonly VerdictCase[] = [
    ["STRICT", "accepts", { mtls: { mode: "STRICT" } }],
    ["a mode BLAH", "rejects", { mtls: { mode: "BLAH" } }],
    ["a port", "accepts", { selector, portLevelMtls: { "80": { mode: "DISABLE" } } }],
    ["a port of the namespace", "rejects", { portLevelMtls: { "80": { mode: "DISABLE" } } }],
    ["no port", "rejects", { selector, portLevelMtls: {} }],
    ["port 0", "rejects", { selector, portLevelMtls: { "0": { mode: "DISABLE" } } }],
    ["port acd", "rejects", { selector, portLevelMtls: { acd: { mode: "DISABLE" } } }],
];

const jwt = (rule: object) => ({ jwtRules: [{ issuer: "foo.com", ...rule }] });
const REQUESTS: readonly VerdictCase[] = [
    ["nothing", "accepts", {}],
    ["an issuer", "accepts", jwt({ jwksUri: "https://foo.com/keys" })],
    ["no issuer", "rejects", { jwtRules: [{ audiences: ["a"] }] }],
    ["keys by ftp", "rejects", jwt({ jwksUri: "ftp://foo.com" })],
    ["keys", "accepts", jwt({ jwks: '{"keys":[]}' })],
    ["keys that are no JSON", "rejects", jwt({ jwks: "{" })],
    ["keys twice", "rejects", jwt({ jwks: '{"keys":[]}', jwksUri: "https://foo.com" })],
    ["an empty audience", "rejects", jwt({ audiences: [""] })],
    ["a header without name", "rejects", jwt({ fromHeaders: [{ prefix: "a" }] })],
    ["an empty parameter", "rejects", jwt({ fromParams: [""] })],
    [
        "a claim as a header",
        "accepts",
        jwt({ outputClaimToHeaders: [{ header: "x-a", claim: "a" }] }),
    ],
    [
        "a claim as a bad header",
        "rejects",
        jwt({ outputClaimToHeaders: [{ header: "x*a", claim: "a" }] }),
    ],
    [
        "no claim as a header",
        "rejects",
        jwt({ outputClaimToHeaders: [{ header: "x-a", claim: "" }] }),
    ],
    ["a timeout with nanoseconds", "rejects", jwt({ timeout: "1.000000001s" })],
];

const tag = (settings: object) => ({
    metrics: [{ overrides: [{ tagOverrides: { host: settings } }] }],
});

const TELEMETRY: readonly VerdictCase[] = [
    ["nothing", "accepts", {}],
    ["a sampling of 101 %", "rejects", { tracing: [{ randomSamplingPercentage: 101 }] }],
    ["a provider without name", "rejects", { accessLogging: [{ providers: [{ name: "" }] }] }],
    ["a target of another kind", "rejects", { targetRefs: [{ ...target, kind: "Pod" }] }],
    ["a filter", "accepts", { accessLogging: [{ filter: { expression: "true" } }] }],
    ["a filter without expression", "rejects", { accessLogging: [{ filter: {} }] }],
    ["no filter", "accepts", { accessLogging: [{ disabled: true }] }],
    ["a tag with a value", "accepts", tag({ value: "request.host" })],
    ["a tag without value", "rejects", tag({})],
    ["a tag without value to set", "rejects", tag({ operation: "UPSERT" })],
    ["a tag that is removed", "accepts", tag({ operation: "REMOVE" })],
];

for (const [kind, cases] of [
    ["AuthorizationPolicy", AUTHORIZATION],
    ["PeerAuthentication", PEERS],
    ["RequestAuthentication", REQUESTS],
    ["Telemetry", TELEMETRY],
] as const) {
    describe(`Istio on ${kind} objects`, () => {
        for (const [title, verdict, spec] of cases) {
            it(titleOf(verdict, title), () => {
                assert.equal(verdictOf(istioObject(kind, spec)), verdict);
            });
        }
    });
}

describe("Istio on annotations", () => {
    const annotated = (kind: string, value: string) => {
        const object = istioObject(kind, kind === "AuthorizationPolicy" ? {} : { host: "web" });
        const metadata = { name: "web", annotations: { "istio.io/dry-run": value } };
        return verdictOf({ ...object, metadata });
    };

    it("accepts a dry run of an AuthorizationPolicy", () => {
        assert.equal(annotated("AuthorizationPolicy", "true"), "accepts");
    });

    it("rejects a dry run in other words", () => {
        assert.equal(annotated("AuthorizationPolicy", "yes"), "rejects");
    });

    it("rejects a dry run of another kind", () => {
        assert.equal(annotated("DestinationRule", "true"), "rejects");
    });
});

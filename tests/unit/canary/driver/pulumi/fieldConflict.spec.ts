// The texts are those of Pulumi 3.250 with the Kubernetes provider 4.25 on the sandbox, after `kubectl apply --server-side` and `kubectl scale`.
import assert from "node:assert/strict";
import { classifyFailure } from "../../../../../canary/driver/pulumi/failure";
import { explainConflicts } from "../../../../../canary/driver/pulumi/fieldConflict";

const HELP =
    "Server-Side Apply field conflict detected. See https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources for troubleshooting help.";
const notLive = (object: string, conflict: string) =>
    `1 error occurred:
    \t* the Kubernetes API server reported that "${object}" failed to fully initialize or become live: ${HELP}
    The resource managed by field manager "pulumi-kubernetes-36e25cc8" had an apply conflict: ${conflict}`;
const ROUTE = notLive(
    "shop/web",
    'Apply failed with 1 conflict: conflict with "argocd-controller": .spec.http',
);
const REPLICAS = notLive(
    "shop/web-v1",
    'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
);
const URN = "urn:pulumi:dev::shop::istio-canary:index:CanaryRollout$kubernetes";

describe("explainConflicts", () => {
    it("names the object, the field and its manager in a preview's error event", () => {
        const urn = `${URN}:networking.istio.io/v1:VirtualService::web-route`;
        const text = explainConflicts(`Preview failed: ${ROUTE}`, urn);
        assert.match(
            text,
            /^VirtualService shop\/web: spec\.http: expected no other field manager, got "argocd-controller"\. /,
        );
        assert.match(
            text,
            /PULUMI_K8S_ENABLE_PATCH_FORCE=true pulumi up.*docs\/driver\/gitops\.md/,
        );
    });

    it("takes the kind from the headings of an update's diagnostics, and keeps the rest", () => {
        const text = `kubernetes:networking.istio.io/v1:VirtualService (web-route):
    error: ${ROUTE}

  pulumi:pulumi:Stack (shop-dev):
    error: update failed

  kubernetes:apps/v1:Deployment (web-v1):
    error: ${REPLICAS}`;
        const { why, reason } = classifyFailure({ violations: [], errors: [], text });
        assert.equal(why, "failed");
        assert.match(reason, /^ {4}error: VirtualService shop\/web: spec\.http: /m);
        assert.match(reason, /error: update failed/);
        assert.match(
            reason,
            /error: Deployment shop\/web-v1: spec\.replicas: expected no other field manager, got "kubectl" \(subresource scale\)\. .*autoscaling\.external/,
        );
        assert.doesNotMatch(reason, /Server-Side Apply/);
    });

    it("lists each of several conflicts, for a Service that exists", () => {
        const several = `Apply failed with 3 conflicts: conflicts with "helm":
- .spec.ports[port=80,protocol="TCP"].targetPort
- .spec.selector
conflicts with "kubectl-client-side-apply" using v1 at 2026-11-21T12:00:00Z:
- .spec.type`;
        const urn = `${URN}:core/v1:Service::web`;
        const text = `resource "${urn}" was not successfully created by the Kubernetes API server: ${HELP}
The resource managed by field manager "pulumi-kubernetes-1" had an apply conflict: ${several}`;
        const found = explainConflicts(text).split("\n");
        assert.deepEqual(
            found.map((line) => line.slice(0, line.indexOf(". Set `adopt"))),
            [
                'Service web: spec.ports[port=80,protocol="TCP"].targetPort: expected no other field manager, got "helm"',
                'Service web: spec.selector: expected no other field manager, got "helm"',
                'Service web: spec.type: expected no other field manager, got "kubectl-client-side-apply"',
            ],
        );
    });

    it("leaves text that it does not know", () => {
        for (const text of [
            "update failed",
            'Apply failed with 1 conflict: conflict with "kubectl": .spec.http',
            ROUTE.replace("conflict with", "disagreement with"),
        ]) {
            assert.equal(explainConflicts(text), text);
        }
    });
});

describe("a field conflict", () => {
    it("is a failure, whatever its wording", () => {
        const outcome = (text: string) =>
            classifyFailure({ violations: [], errors: [text], text: "" }).why;
        assert.equal(outcome(ROUTE), "failed");
        assert.equal(outcome(ROUTE.replace(/\w/g, "x")), "failed");
    });
});

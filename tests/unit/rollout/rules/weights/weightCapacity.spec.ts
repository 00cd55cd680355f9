import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { weightCapacity } from "../../../../../rollout/rules/weights/weightCapacity";
import { manifestsAsData } from "../../../../fixtures/rollout/rollout";
import { textsOf } from "../../../../fixtures/rules/findings";

type Data = Manifest & { [key: string]: Data };

/** Findings for the valid program at weight 10 after one change. */
function texts(change: (named: Record<string, Data>) => void, weight = 10): string[] {
    const manifests = manifestsAsData({ weight, stableOnlyPaths: [] }) as Data[];
    const named = Object.fromEntries(
        manifests.map((one) => [`${one.kind} ${(one.metadata as { name: string }).name}`, one]),
    );
    change(named);
    return textsOf(weightCapacity, Object.values(named));
}

/** Sets a value at a dotted path of one object. */
function set(manifest: Data | undefined, path: string, value: unknown): void {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const owner = keys.reduce((node, key) => node?.[key] as Data, manifest);
    assert.ok(owner, path);
    Object.assign(owner, { [last]: value });
}

const MISSING =
    "VirtualService demo/web: spec.http[0].route[1].weight: expected 0, because no Deployment in the program has the labels of subset v2, got 10. Set the weight to 0, or add a Deployment for v2.";

describe("weight-capacity", () => {
    it("passes a canary with replicas and a readiness probe", () => {
        assert.deepEqual(
            texts(() => {}),
            [],
        );
    });

    it("refuses weight on a version without a Deployment", () => {
        const found = texts((named) => {
            delete named["Deployment web-v2"];
        });
        assert.deepEqual(found, [MISSING]);
    });

    it("refuses weight on a subset with labels that no pod has", () => {
        const labels = "spec.template.metadata.labels.version";
        const found = texts((named) => set(named["Deployment web-v2"], labels, "2"));
        assert.deepEqual(found, [MISSING]);
    });

    it("refuses weight on every version if the program has only the Service", () => {
        const found = texts((named) => {
            delete named["Deployment web-v1"];
            delete named["Deployment web-v2"];
        });
        assert.deepEqual(found, [
            MISSING.replace("route[1]", "route[0]")
                .replace("got 10", "got 90")
                .replaceAll(" v2", " v1"),
            MISSING,
        ]);
    });

    it("ignores pods in another namespace", () => {
        const found = texts((named) =>
            set(named["Deployment web-v2"], "metadata.namespace", "elsewhere"),
        );
        assert.deepEqual(found, [MISSING]);
    });

    it("ignores pods of another app with the same version", () => {
        const found = texts((named) => {
            set(named["DestinationRule web"], "spec.subsets.1.labels", { version: "v2" });
            set(named["Deployment web-v2"], "spec.template.metadata.labels.app", "other");
        });
        assert.deepEqual(found, [MISSING]);
    });

    it("treats a subset without labels as all pods of the Service", () => {
        const found = texts((named) =>
            set(named["DestinationRule web"], "spec.subsets.1.labels", {}),
        );
        assert.deepEqual(found, []);
    });

    it("ignores a subset without labels if another program has the Service", () => {
        const found = texts((named) => {
            delete named["Service web"];
            delete named["Deployment web-v1"];
            set(named["DestinationRule web"], "spec.subsets", [{ name: "v2" }]);
            set(named["Deployment web-v2"], "spec.replicas", 0);
        });
        assert.deepEqual(found, []);
    });

    it("refuses weight on a version without replicas", () => {
        const found = texts((named) => set(named["Deployment web-v2"], "spec.replicas", 0));
        assert.deepEqual(found, [
            "Deployment demo/web-v2: spec.replicas: expected at least 1 while subset v2 has weight 10, got 0. Set the weight to 0 first, or raise `replicas`.",
        ]);
    });

    it("refuses weight on a version without a readiness probe", () => {
        const path = "spec.template.spec.containers.0.readinessProbe";
        const found = texts((named) => set(named["Deployment web-v2"], path, undefined));
        assert.deepEqual(found, [
            "Deployment demo/web-v2: spec.template.spec.containers[*].readinessProbe: expected a readiness probe while subset v2 has weight 10, got nothing. Add one: without it, a pod counts as ready before it can answer.",
        ]);
    });

    it("passes a missing version at weight 0", () => {
        const found = texts((named) => {
            delete named["Deployment web-v2"];
        }, 0);
        assert.deepEqual(found, []);
    });

    it("checks the stable version too", () => {
        const found = texts((named) => set(named["Deployment web-v1"], "spec.replicas", 0));
        assert.deepEqual(found, [
            "Deployment demo/web-v1: spec.replicas: expected at least 1 while subset v1 has weight 90, got 0. Set the weight to 0 first, or raise `replicas`.",
        ]);
    });

    it("ignores an app with pods in another program", () => {
        const found = texts((named) => {
            delete named["Deployment web-v1"];
            delete named["Deployment web-v2"];
            delete named["Service web"];
        });
        assert.deepEqual(found, []);
    });

    it("resolves short hosts", () => {
        const found = texts((named) => {
            set(named["DestinationRule web"], "spec.host", "web");
            set(named["VirtualService web"], "spec.http.0.route.1.destination.host", "web");
            set(named["Deployment web-v2"], "spec.replicas", 0);
        });
        assert.equal(found.length, 1);
    });

    it("counts missing replicas as 1, as Kubernetes does", () => {
        const found = texts((named) => set(named["Deployment web-v2"], "spec.replicas", undefined));
        assert.deepEqual(found, []);
    });

    it("reports unknown values", () => {
        const unknown = (change: (named: Record<string, Data>) => void) => {
            const found = texts(change);
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0] ?? "", /: expected .*, got an unknown value/);
        };
        unknown((named) => set(named["Deployment web-v2"], "spec.replicas", UNKNOWN));
        unknown((named) =>
            set(named["Deployment web-v2"], "spec.template.spec.containers", UNKNOWN),
        );
        unknown((named) =>
            set(named["Deployment web-v2"], "spec.template.metadata.labels", UNKNOWN),
        );
        unknown((named) => {
            set(named["DestinationRule web"], "spec.subsets.1.labels", UNKNOWN);
        });
        unknown((named) =>
            set(named["VirtualService web"], "spec.http.0.route.1.destination.subset", UNKNOWN),
        );
    });
});

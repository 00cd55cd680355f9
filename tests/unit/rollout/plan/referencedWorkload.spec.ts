import assert from "node:assert/strict";
import { workloadProblems } from "../../../../rollout/plan/referencedWorkload";

const labels = { app: "web", version: "1.5.0" };
const workload = { slot: "v2", kind: "Deployment", name: "shop-web", labels };
const service = { spec: { selector: { app: "web" }, ports: [{ targetPort: "http" }] } };
const live = {
    kind: "Deployment",
    metadata: { generation: 3 },
    spec: {
        replicas: 2,
        template: {
            metadata: { labels: { ...labels, team: "shop" } },
            spec: { containers: [{ ports: [{ name: "http", containerPort: 8080 }] }] },
        },
    },
    status: { observedGeneration: 3, readyReplicas: 2, updatedReplicas: 2 },
};

function linesOf(change: object, of: object = workload): string[] {
    const found = { ...live, ...change };
    return workloadProblems({ ...workload, ...of }, found, service, "demo").map(
        ({ path, reason }) => `${path}: ${reason}`,
    );
}

const template = (metadata: object, ports: object[]) => ({
    spec: { replicas: 2, template: { metadata, spec: { containers: [{ ports }] } } },
});

describe("workloadProblems", () => {
    it("has none for ready pods with the labels, behind the Service", () => {
        assert.deepEqual(linesOf({}), []);
    });

    it("reports a workload that does not exist", () => {
        const [problem] = workloadProblems(workload, undefined, service, "demo");
        assert.equal(problem?.path, "versions.v2.workloadRef.name");
        assert.match(
            problem?.reason ?? "",
            /^expected a Deployment in the namespace demo, got "shop-web"\. Create it/,
        );
    });

    it("reports labels, a Service and a port that lead to other pods or to none", () => {
        const found = linesOf(template({ labels: { app: "shop" } }, [{ name: "web" }]));
        assert.deepEqual(
            found.map((line) => line.split(", got")[0]),
            [
                "versions.v2.workloadRef.labels: expected labels of the pods of Deployment demo/shop-web",
                "versions.v2.workloadRef.name: expected a workload whose pods the Service selects (app: web)",
                "versions.v2.workloadRef.name: expected a workload with a port named http, the Service's targetPort",
            ],
        );
    });

    for (const [what, change, found] of [
        ["no replicas", { spec: { ...live.spec, replicas: 0 } }, "0 replicas"],
        [
            "pods that are not ready",
            { status: { ...live.status, readyReplicas: 1 } },
            "1 of 2 ready",
        ],
        [
            "pods of an old template",
            { status: { ...live.status, updatedReplicas: 1 } },
            "1 of 2 with its newest pod template",
        ],
        [
            "a change just made",
            { status: { ...live.status, observedGeneration: 2 } },
            "a change that its controller has not seen yet",
        ],
    ] as const) {
        it(`reports ${what}, which may pass`, () => {
            const [problem] = workloadProblems(workload, { ...live, ...change }, service, "demo");
            assert.equal(problem?.passes, true);
            assert.ok(
                problem?.reason.includes(`got ${found}. Run the update again`),
                problem?.reason,
            );
        });
    }

    it("accepts a StatefulSet that keeps pods of its old revision on purpose", () => {
        const status = { ...live.status, updatedReplicas: 1 };
        assert.deepEqual(linesOf({ kind: "StatefulSet", status }, { kind: "StatefulSet" }), []);
    });
});

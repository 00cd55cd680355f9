import assert from "node:assert/strict";
import { podsOfJob } from "../../../../../canary/driver/kubernetes/jobPods";

const SELF = "web-canary-driver-x7k2p";
const PHASES: Record<string, string> = {
    "web-canary-driver-aaaaa": "Running",
    "web-canary-driver-bbbbb": "Failed",
    "web-canary-driver-ccccc": "Succeeded",
};

/** Pods in these phases. Fails if asked for a pod of another Job. */
const cluster = {
    async podPhase(namespace: string, name: string) {
        assert.equal(namespace, "shop");
        assert.match(name, /^web-canary-driver-/);
        if (name.endsWith("-error")) throw new Error("the API server did not answer");
        return PHASES[name];
    },
};

describe("podsOfJob", () => {
    const ended = podsOfJob(cluster, "shop", "6f0c", SELF);

    it("knows that a pod of this Job has ended or was deleted", async () => {
        assert.equal(await ended("web-canary-driver-bbbbb"), true);
        assert.equal(await ended("web-canary-driver-ccccc"), true);
        assert.equal(await ended("web-canary-driver-ddddd"), true);
    });

    it("does not count a running pod, this pod, or a pod that cannot be read as ended", async () => {
        assert.equal(await ended("web-canary-driver-aaaaa"), false);
        assert.equal(await ended(SELF), false);
        assert.equal(await ended("web-canary-driver-error"), false);
    });

    it("does not count other hosts as ended", async () => {
        for (const host of ["", "adas-laptop", "api-canary-driver-ddddd", "web-canary-driver"]) {
            assert.equal(await ended(host), false, host);
        }
    });

    it("counts no host as ended outside a Job", async () => {
        const outside = podsOfJob(cluster, "shop", undefined, SELF);
        assert.equal(await outside("web-canary-driver-ddddd"), false);
    });
});

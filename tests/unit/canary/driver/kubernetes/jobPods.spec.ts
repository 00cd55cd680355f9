import assert from "node:assert/strict";
import { podsOfJob } from "../../../../../canary/driver/kubernetes/jobPods";

const SELF = "web-canary-driver-x7k2p";
const PHASES: Record<string, string> = {
    "web-canary-driver-aaaaa": "Running",
    "web-canary-driver-bbbbb": "Failed",
    "web-canary-driver-ccccc": "Succeeded",
};

/** Pods of those phases; asks for none of another name than the Job's. */
const cluster = {
    async podPhase(namespace: string, name: string) {
        assert.equal(namespace, "shop");
        assert.match(name, /^web-canary-driver-/);
        if (name.endsWith("-error")) throw new Error("the API server gave no answer");
        return PHASES[name];
    },
};

describe("podsOfJob", () => {
    const ended = podsOfJob(cluster, "shop", "6f0c", SELF);

    it("should know of a pod of this Job that it has ended, or is not there any more", async () => {
        assert.equal(await ended("web-canary-driver-bbbbb"), true);
        assert.equal(await ended("web-canary-driver-ccccc"), true);
        assert.equal(await ended("web-canary-driver-ddddd"), true);
    });

    it("should leave one that runs, this one, and one that nobody tells of", async () => {
        assert.equal(await ended("web-canary-driver-aaaaa"), false);
        assert.equal(await ended(SELF), false);
        assert.equal(await ended("web-canary-driver-error"), false);
    });

    it("should say nothing of hosts that are no pods of this Job", async () => {
        for (const host of ["", "adas-laptop", "api-canary-driver-ddddd", "web-canary-driver"]) {
            assert.equal(await ended(host), false, host);
        }
    });

    it("should know of nobody outside of a Job", async () => {
        const outside = podsOfJob(cluster, "shop", undefined, SELF);
        assert.equal(await outside("web-canary-driver-ddddd"), false);
    });
});

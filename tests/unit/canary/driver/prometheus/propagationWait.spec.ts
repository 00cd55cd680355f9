// How long a phase waits for the data plane, on a fake clock.
import assert from "node:assert/strict";
import type { RoutingSeen } from "../../../../../canary/driver/prometheus/prometheus";
import { propagationWait } from "../../../../../canary/driver/prometheus/propagationWait";
import { requests, since, until, windowOf } from "../../../../fixtures/analysis/series";

const WRITTEN = 100_000;
const slots = { canary: "v2", stable: "v1" } as const;

describe("propagationWait", () => {
    /** Waits for weight 50; `seen` gives the metrics at each time. */
    async function wait(seen: (at: number, seconds: number) => RoutingSeen, signal?: AbortSignal) {
        const clock = {
            at: WRITTEN,
            reads: 0,
            now: () => clock.at,
            // The system's clock has fractions of a millisecond.
            elapsed: () => clock.at + (clock.reads++ % 2) / 4,
            sleep: async (milliseconds: number) => {
                clock.at += milliseconds;
            },
        };
        const routing = async (seconds: number) => seen(clock.at, seconds);
        return propagationWait({ routing }, clock, slots).wait(50, WRITTEN, signal);
    }

    it("ends when two scrapes after the write show the weight", async () => {
        // Scrapes at 2 s, 7 s, … after a full five seconds. Callers use the weight from the write on.
        const canary = [0, 10, 20, 30, 40, 50, 60, 120, 370];
        const stable = [0, 490, 980, 1_470, 1_960, 2_450, 2_940, 3_380, 3_630];
        const start = { start: WRITTEN - 33_000 };
        const all = windowOf({
            requests: [
                requests({ version: "v2" }, canary, start),
                requests({ version: "v1" }, stable, start),
            ],
        });
        const found = await wait((at, seconds) => ({
            ok: true,
            requests: since(until(all, at), at - seconds * 1_000).requests,
            pushes: [],
        }));
        assert.equal(found.seconds, 7);
        assert.match(
            found.evidence,
            /^50.0 % of 500 requests went to the canary; the weight is 50 %$/,
        );
    });

    it("waits for istiod's longest delay if there are no metrics, and says why", async () => {
        const reason = "http://prometheus:9090: connection refused";
        assert.deepEqual(await wait(() => ({ ok: false, problem: "unreachable", reason })), {
            seconds: 12,
            evidence: `waited 12 s: ${reason}`,
        });
    });

    it("gives up after a minute, and says so", async () => {
        const pushes = [requests({ pod: "istiod" }, [7])];
        const found = await wait(() => ({ ok: true, requests: [], pushes }));
        assert.deepEqual(found, {
            seconds: 60,
            evidence: "not confirmed within 60 s: no requests, and istiod has pushed nothing yet",
        });
    });

    it("ends at once when it is aborted", async () => {
        const pushes = [requests({ pod: "istiod" }, [7])];
        const seen = () => ({ ok: true, requests: [], pushes }) as const;
        const { seconds, evidence } = await wait(seen, AbortSignal.abort());
        assert.equal(seconds, 0);
        assert.match(evidence, /^interrupted: /);
    });
});

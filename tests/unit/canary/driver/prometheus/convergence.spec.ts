// How long a phase waits for the data plane, by a clock of the test's.
import assert from "node:assert/strict";
import { convergence } from "../../../../../canary/driver/prometheus/convergence";
import type { RoutingSeen } from "../../../../../canary/driver/prometheus/prometheus";
import { requests, since, until, windowOf } from "../../../../fixtures/analysis/scrapes";

const WRITTEN = 100_000;
const slots = { canary: "v2", stable: "v1" } as const;

describe("convergence", () => {
    /** Waits for weight 50, seeing this at each time. */
    async function wait(seen: (at: number, seconds: number) => RoutingSeen, signal?: AbortSignal) {
        const clock = {
            at: WRITTEN,
            now: () => clock.at,
            sleep: async (milliseconds: number) => {
                clock.at += milliseconds;
            },
        };
        const routing = async (seconds: number) => seen(clock.at, seconds);
        return convergence({ routing }, clock, slots).routed(50, WRITTEN, signal);
    }

    it("ends when two scrapes lie after the write and show the weight", async () => {
        // Scrapes at 2 s, 7 s, … after a full five seconds; the weight arrives with the write.
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
        assert.match(found.how, /^50.0 % of 500 requests went to the canary; the weight is 50 %$/);
    });

    it("waits for istiod's longest pause where nothing can be seen, and says why", async () => {
        const reason = "http://prometheus:9090: refuses connections";
        assert.deepEqual(await wait(() => ({ ok: false, problem: "unreachable", reason })), {
            seconds: 12,
            how: `waited 12 s, for ${reason}`,
        });
    });

    it("says after a minute that it has not seen it", async () => {
        const pushes = [requests({ pod: "istiod" }, [7])];
        const found = await wait(() => ({ ok: true, requests: [], pushes }));
        assert.deepEqual(found, {
            seconds: 60,
            how: "not seen within 60 s: nobody sends requests, and istiod has pushed nothing yet",
        });
    });

    it("ends at once when it is told to", async () => {
        const pushes = [requests({ pod: "istiod" }, [7])];
        const seen = () => ({ ok: true, requests: [], pushes }) as const;
        const { seconds, how } = await wait(seen, AbortSignal.abort());
        assert.equal(seconds, 0);
        assert.match(how, /^not waited for: nobody sends requests/);
    });
});

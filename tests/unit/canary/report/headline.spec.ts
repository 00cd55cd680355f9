import assert from "node:assert/strict";
import { gateMatrix } from "../../../../canary/analysis/report/gateMatrix";
import { headline } from "../../../../canary/analysis/report/headline";
import { summarise } from "../../../../canary/analysis/report/summarise";
import { promotedJournal, rolledBackJournal } from "../../../fixtures/analysis/simulatedJournal";

describe("headline", () => {
    const of = (...args: Parameters<typeof summarise>) => headline(summarise(...args));

    it("says what became of the new version, who got it, and what it cost", () => {
        assert.equal(
            of(promotedJournal()),
            "The new version (1.1.0) of web passed and got every request after 5 min 31 s. Of its requests, 31 of 15,529 (0.2 %) failed. No more requests failed than with the previous version.",
        );
        assert.equal(
            of(rolledBackJournal()),
            "The new version (1.1.0) of web was taken out of use after 2 min 26 s; every request goes to the previous version (1.0.0). It had got at most 25 % of the requests. About 44 more requests failed than with the previous version.",
        );
    });

    it("claims no more than the records show", () => {
        const records = rolledBackJournal();
        assert.match(of(records.slice(0, 1)), /had not finished at 13:12:00 UTC.*had not got any/);
        assert.match(
            of(records.slice(0, 8)),
            /The new version \(1\.1\.0\) got 2 % of the requests/,
        );
        const unconfirmed = records.filter(
            (record) => record.type !== "rollback" || record.step !== "routed",
        );
        assert.match(of(unconfirmed), /the driver did not confirm that every request goes to/);
    });

    it("names the slots if the tags do not tell the versions apart", () => {
        const digest = `web@sha256:${"0".repeat(64)}`;
        for (const images of [{}, { v1: "web:latest", v2: "web:latest" }, { v1: digest }]) {
            const text = of(rolledBackJournal({ started: { images } }));
            assert.match(text, /^The new version \(v2\) .* previous version \(v1\)/);
        }
        const images = {
            v1: "host:5000/a/web:1",
            v2: `host:5000/a/web:2@sha256:${"0".repeat(64)}`,
        };
        assert.match(
            of(rolledBackJournal({ started: { images } })),
            /version \(2\).*version \(1\)/,
        );
    });
});

describe("gateMatrix", () => {
    it("has the last verdict of each gate at each weight, and gates of the config", () => {
        const { phases, rows } = gateMatrix(summarise(rolledBackJournal()));
        assert.deepEqual(phases, ["weight 2", "weight 10", "weight 25"]);
        const row = (gate: string) => rows.find((one) => one.gate === gate)?.verdicts;
        assert.deepEqual(row("errors"), ["pass", "pass", "fail"]);
        assert.deepEqual(row("business hours (before)"), [undefined, "pass", undefined]);
        assert.equal(row("data"), undefined, "Prometheus answered again");
    });

    it("shows a phase without an answer as such", () => {
        const records = rolledBackJournal({ blind: (count) => count > 3, samples: 6 });
        const { rows } = gateMatrix(summarise(records));
        assert.deepEqual(rows, [{ gate: "data", verdicts: ["error"] }]);
    });
});

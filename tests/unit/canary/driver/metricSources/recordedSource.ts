// What the conformance suite needs to know about a source.
import assert from "node:assert/strict";
import {
    checkDriverConfig,
    type DriverConfig,
} from "../../../../../canary/analysis/config/driverConfig";
import type { Read, Reading } from "../../../../../canary/driver/metricSources/source";
import type { SourceReply, SourceRequest } from "../../../../fixtures/driver/sourceServer";

export interface RecordedSource {
    readonly name: string;
    /** The source, with a timeout of 1 s. */
    read(url: string): Read;
    readonly values: readonly [
        readonly [what: string, SourceReply, Reading],
        ...(readonly [what: string, SourceReply, Reading])[],
    ];
    readonly noData: readonly (readonly [what: string, SourceReply])[];
    readonly errors: readonly (readonly [what: string, SourceReply, RegExp])[];
    /** Bodies of 429, and of 401 and 403. */
    readonly limited: unknown;
    readonly refused: unknown;
    /** Key that the message for 401 names. */
    readonly keys: string;
    readonly secrets: readonly string[];
    checkRequest(request: SourceRequest): void;
}

export function configured(metric: object, providers: object): DriverConfig {
    const metrics = [{ name: "orders", limit: 1, ...metric }];
    const checked = checkDriverConfig({ analysis: { metrics }, providers });
    assert.ok(checked.ok, JSON.stringify(checked));
    return checked.config;
}

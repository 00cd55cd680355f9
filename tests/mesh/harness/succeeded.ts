// Asserts that an update succeeded.
import assert from "node:assert/strict";
import type { Update } from "../../../dev/sandbox/demo/stack";

/** Returns the update. @throws AssertionError with pulumi's output. */
export function succeeded<T extends Pick<Update, "exitCode" | "output">>(update: T): T {
    assert.equal(update.exitCode, 0, update.output);
    return update;
}

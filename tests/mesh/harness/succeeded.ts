// An update that must have gone well.
import assert from "node:assert/strict";
import type { Update } from "../../../dev/sandbox/demo/stack";

/** The update itself. @throws AssertionError with what pulumi printed. */
export function succeeded<T extends Pick<Update, "exitCode" | "output">>(update: T): T {
    assert.equal(update.exitCode, 0, update.output);
    return update;
}

/** Paths in this checkout, for tools and tests that run its files. */
import path from "node:path";

/** The repository's root. */
export const CHECKOUT = path.join(__dirname, "..");

/** The `istio-canary` command of this checkout. */
export const COMMAND = path.join(CHECKOUT, "canary", "bin", "istio-canary.js");

/** The compiler for what ships. A bin named `tsc` exists twice: `typescript` is 5.9. */
export const TSC = path.join(CHECKOUT, "node_modules", "typescript-7", "bin", "tsc");

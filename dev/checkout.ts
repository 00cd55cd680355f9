/** Paths in this checkout, for tools and tests that run its files. */
import path from "node:path";

/** The repository's root. */
export const CHECKOUT = path.join(__dirname, "..");

/** The `istio-canary` command of this checkout. */
export const COMMAND = path.join(CHECKOUT, "canary", "bin", "istio-canary.js");

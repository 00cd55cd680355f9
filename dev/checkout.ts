/** Where this checkout is, for tools and tests that run its files. */
import path from "node:path";

/** The repository's root. */
export const CHECKOUT = path.join(__dirname, "..");

/** The command as a checkout has it. */
export const COMMAND = path.join(CHECKOUT, "canary", "bin", "istio-canary.js");

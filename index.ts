/** The program of the local mesh: a rollout as configured in the stack. */
import { CanaryRollout } from "./components";
import { stackArgs } from "./components/stackArgs";

const args = stackArgs();
const rollout = new CanaryRollout(args.app, args);

export const host = rollout.host;
export const principals = rollout.principals;
export const shares = rollout.shares;
export const share = rollout.share;
export const stable = rollout.stable;
export const canary = rollout.canary;
export const weight = rollout.weight;

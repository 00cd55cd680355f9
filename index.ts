/** The stack's config, rolled out. */
import { CanaryRollout } from "./components";
import { stackConfig } from "./components/stackConfig";

const config = stackConfig();
const rollout = new CanaryRollout(config.app, config);

export const host = rollout.host;
export const principals = rollout.principals;
export const shares = rollout.shares;
export const share = rollout.share;
export const stable = rollout.stable;
export const canary = rollout.canary;
export const weight = rollout.weight;

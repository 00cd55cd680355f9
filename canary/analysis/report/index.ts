export { markdown } from "./markdown";
export type { RolloutReport } from "./rolloutReport";
export { NoRollout, summarise } from "./summarise";

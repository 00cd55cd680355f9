/** The statistics of a rollout. States are plain JSON, so that a journal can replay every decision. */
export * from "./bake";
export * from "./counts";
export * from "./dispersion";
export * from "./gamma";
export * from "./harm";
export * from "./increment";
export * from "./latency";
export * from "./mixture";
export * from "./nonInferiority";
export * from "./proportionInterval";
export * from "./slo";
export * from "./timeToSee";

// A real Kubernetes with Istio on this machine: what the command line, the demo and the tests use of it.

export { sandboxEnvironment, sandboxVariables, shellExports } from "./environment";
export { type Layout, sandboxLayout } from "./layout";
export { type LogsOptions, partsWithLogs, showLogs } from "./logs";
export { execInside } from "./processes/exec";
export { describeRemains, type Remains } from "./remains";
export { downSandbox, type SessionOptions, type UpResult, upSandbox } from "./session";
export { readState, type SandboxState } from "./state";
export { type SandboxStatus, sandboxStatus, statusTable } from "./status";
export { MissingPrerequisites } from "./toolchain";

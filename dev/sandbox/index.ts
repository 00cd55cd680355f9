// The sandbox's API for the command line, the demo and the tests.

export { type Layout, sandboxLayout } from "./layout";
export { type LogsOptions, partsWithLogs, showLogs } from "./logs";
export { execInside } from "./processes/exec";
export { describeRemains, type Remains } from "./remains";
export { downSandbox, type SessionOptions, type UpResult, upSandbox } from "./session";
export { sandboxEnvironment, sandboxVariables, shellExports } from "./shellEnvironment";
export { readState, type SandboxState } from "./state";
export { type SandboxStatus, sandboxStatus, statusTable } from "./status";
export { MissingPrerequisites } from "./toolchain";

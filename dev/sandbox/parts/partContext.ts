// Inputs of a part's description.
import type { Layout } from "../layout";
import type { SandboxState } from "../state";

export interface PartContext {
    readonly layout: Layout;
    readonly ports: SandboxState["ports"];
    /** Absolute path of a toolchain program. */
    readonly bin: (program: string) => string;
}

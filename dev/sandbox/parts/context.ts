// What a part's description is made from.
import type { Layout } from "../layout";
import type { SandboxState } from "../state";

export interface PartContext {
    readonly layout: Layout;
    readonly ports: SandboxState["ports"];
    /** Absolute path of a program of the toolchain. */
    readonly bin: (program: string) => string;
}

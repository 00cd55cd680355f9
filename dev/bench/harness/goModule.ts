// A Go module of the sandbox's toolchain.
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../checkout";

export interface GoModule {
    readonly version: string;
    readonly folder: string;
}

/** @param name of a module that istiod is built with, such as `istio.io/istio`. */
export async function goModule(name: string): Promise<GoModule> {
    const args = ["list", "-m", "-f", "{{.Version}} {{.Dir}}", name];
    const cwd = path.join(CHECKOUT, "dev", "sandbox", "toolchain", "istio");
    const [version = "", folder = ""] = (await execa("go", args, { cwd })).stdout.split(" ");
    return { version, folder };
}

// Parts of the driver in their own process, for specs that kill it: `lease NAMESPACE APP`, `preview STACK` or `update STACK`.
import path from "node:path";
import { Kubernetes } from "../../../canary/driver/kubernetes/kubernetes";
import { kubernetesLease } from "../../../canary/driver/lease/lease";
import { openEngine } from "../../../canary/driver/pulumi/engine";
import { systemClock } from "../../../canary/driver/systemClock";
import { CHECKOUT } from "../../../dev/checkout";

async function main([command, first = "", app = ""]: readonly string[]): Promise<void> {
    if (command === "lease") {
        const lease = kubernetesLease(new Kubernetes({}), { namespace: first, app }, systemClock);
        await lease.acquire();
        console.log("held");
        await new Promise(() => setInterval(() => undefined, 1_000));
    }
    const engine = await openEngine({
        directory: CHECKOUT,
        stack: first,
        policyPack: path.join(CHECKOUT, "policy"),
    });
    console.log(command === "preview" ? "previewing" : "updating");
    const result = command === "preview" ? engine.preview() : engine.update();
    console.log(JSON.stringify(await result));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 2;
});

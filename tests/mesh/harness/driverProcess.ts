// A driver in a process of its own, for specs that kill it: `lease NAMESPACE APP` or `update STACK`.
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
        project: "istio-canary",
        policyPack: path.join(CHECKOUT, "policy"),
    });
    console.log("updating");
    console.log(JSON.stringify(await engine.update()));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 2;
});

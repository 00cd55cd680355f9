// A driver in a process of its own, for specs that kill it: `lease NAMESPACE APP` or `update STACK`.
import path from "node:path";
import { openEngine } from "../../driver/engine";
import { Kubernetes } from "../../driver/kubernetes";
import { kubernetesLease } from "../../driver/lease";
import { systemClock } from "../../driver/systemClock";

const project = path.join(__dirname, "..", "..");

async function main([command, first = "", app = ""]: readonly string[]): Promise<void> {
    if (command === "lease") {
        const lease = kubernetesLease(new Kubernetes({}), { namespace: first, app }, systemClock);
        await lease.acquire();
        console.log("held");
        await new Promise(() => setInterval(() => undefined, 1_000));
    }
    const engine = await openEngine({
        directory: project,
        stack: first,
        project: "istio-canary",
        policyPack: path.join(project, "policy"),
    });
    console.log("updating");
    console.log(JSON.stringify(await engine.update()));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exitCode = 2;
});

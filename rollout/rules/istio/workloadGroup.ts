/** WorkloadEntries and WorkloadGroups: ValidateWorkloadEntry and ValidateWorkloadGroup of pkg/config/validation/validation.go. */

import type { Field } from "../field";
import { checkLabels } from "./common";
import { isIp, isUnixUrl } from "./values/addresses";
import { isHost } from "./values/validNames";

export function checkWorkloadEntry(spec: Field): void {
    const [address, network] = [spec.get("address"), spec.get("network")];
    const { text } = address;
    if (text === "" && network.text === "") {
        address.reject("an IP address or a host name", "Set the address of the workload.");
    } else if (text === "" && !network.isUnknown) {
        address.warn("an IP address or a host name", "Set the address of the workload.");
    } else if (text !== undefined && !isUnixUrl(text) && !isIp(text) && !isHost(text)) {
        address.reject("an IP address or a host name", "Correct the address of the workload.");
    }
    checkLabels(spec.get("labels"));
}

/** Istio fills in the address and the ports of the template. */
export function checkWorkloadGroup(spec: Field): void {
    checkLabels(spec.get("metadata").get("labels"));
    checkProbe(spec.get("probe"));
}

const METHODS = ["httpGet", "tcpSocket", "exec"];

/** validateReadinessProbe. */
function checkProbe(probe: Field): void {
    if (!probe.isSet || probe.isUnknown) return;
    if (!METHODS.some((name) => probe.get(name).isSet)) {
        const fix = probe.get("grpc").isSet
            ? "Use another method: Istio does not accept grpc here."
            : "Add one of them, or remove the probe.";
        probe.reject(`one of ${METHODS.join(", ")}`, fix);
    }
    const exec = probe.get("exec");
    const command = exec.get("command");
    if (exec.isSet && !command.isFilled) {
        command.reject(
            "at least one entry",
            "Add the command that tells if the workload is ready.",
        );
    }
    for (const header of probe.get("httpGet").get("httpHeaders").items) {
        header
            .get("name")
            .rejectUnless(
                (name) => /^[-A-Za-z0-9]+$/.test(name),
                "a header name",
                "Use letters, digits and hyphens.",
            );
    }
}

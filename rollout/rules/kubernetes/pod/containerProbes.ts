/** Probes and lifecycle handlers: validateProbe, validateHandler and validateLifecycle of pkg/apis/core/validation. */
import type { Field } from "../../field";
import {
    checkNotNegative,
    checkPortOrName,
    checkRange,
    requireOne,
    requireText,
} from "../fieldChecks";

const PROBED = ["exec", "httpGet", "tcpSocket", "grpc"];
const HOOKED = ["exec", "httpGet", "tcpSocket", "sleep"];

/** @param grace terminationGracePeriodSeconds of the pod; undefined if it is not known. */
export function checkProbesOf(container: Field, grace: number | undefined): void {
    for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
        const probe = container.get(name);
        if (!probe.isSet || probe.isUnknown) continue;
        checkHandler(probe, PROBED, grace);
        const times = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds"];
        checkNotNegative(probe, ...times, "successThreshold", "failureThreshold");
        const [successes, period] = [
            probe.get("successThreshold"),
            probe.get("terminationGracePeriodSeconds"),
        ];
        if (name !== "readinessProbe") {
            // 0 is the default, which is 1.
            if ((successes.number ?? 0) > 1) successes.reject("1", "Remove it, or set it to 1.");
            checkRange(period, 1);
        } else if (period.isSet && !period.isUnknown) {
            period.reject("no value", "Remove it: a readiness probe never stops a container.");
        }
    }
    const lifecycle = container.get("lifecycle");
    for (const name of ["postStart", "preStop"]) {
        const hook = lifecycle.get(name);
        if (hook.isSet && !hook.isUnknown) checkHandler(hook, HOOKED, grace);
    }
}

function checkHandler(handler: Field, names: readonly string[], grace: number | undefined): void {
    requireOne(handler, names);
    const [exec, httpGet, tcpSocket, grpc, sleep] = [
        "exec",
        "httpGet",
        "tcpSocket",
        "grpc",
        "sleep",
    ].map((name) => handler.get(name)) as [Field, Field, Field, Field, Field];
    const command = exec.get("command");
    if (exec.isSet && !command.isFilled) {
        command.rejectMissing("at least one entry", "Add the command to run in the container.");
    }
    for (const action of [httpGet, tcpSocket, grpc]) {
        if (action.isSet) checkPortOrName(action.get("port"));
    }
    for (const header of httpGet.get("httpHeaders").items) {
        requireText(header.get("name"), "a header name: letters, digits and hyphens", (text) =>
            /^[-A-Za-z0-9]+$/.test(text),
        );
    }
    if (names.includes("sleep") && sleep.isSet && grace !== undefined) {
        checkRange(sleep.get("seconds"), 0, grace);
    }
}

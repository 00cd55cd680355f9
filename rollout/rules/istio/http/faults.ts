/** Injected faults: validateHTTPFaultInjection of pkg/config/validation/validation.go. */

import { GRPC_STATUS } from "../../../config/routing/fault";
import type { Field } from "../../field";
import { checkFraction } from "../common";

export function checkFault(fault: Field): void {
    if (!fault.isSet || fault.isUnknown) return;
    const [abort, delay] = [fault.get("abort"), fault.get("delay")];
    if (!abort.isSet && !delay.isSet) {
        fault.reject("an abort or a delay", "Add one of them, or remove the fault.");
    }
    if (abort.isSet && !abort.isUnknown) checkAbort(abort);
    if (delay.isSet && !delay.isUnknown) checkDelay(delay);
}

function checkAbort(abort: Field): void {
    checkFraction(abort.get("percentage"));
    const status = abort.get("httpStatus");
    const grpc = abort.get("grpcStatus");
    const http2 = abort.get("http2Error");
    if (status.isSet) checkHttpStatus(status);
    if (grpc.isSet) {
        grpc.rejectUnless(
            (text) => GRPC_STATUS.some((one) => one === text),
            'the name of a gRPC status, such as "UNAVAILABLE"',
            "Use a name of https://grpc.github.io/grpc/core/md_doc_statuscodes.html.",
        );
    }
    if (http2.isSet) http2.reject("no value", "Use httpStatus: Istio does not support http2Error.");
    if (!status.isSet && !grpc.isSet && !http2.isSet) {
        abort.warn("httpStatus or grpcStatus", "Add one of them: otherwise nothing is aborted.");
    }
}

export function checkHttpStatus(status: Field): void {
    const { number } = status;
    if (number !== undefined && (number < 200 || number > 600)) {
        status.reject("an HTTP status from 200 to 599", "Use a status in this range.");
    }
}

function checkDelay(delay: Field): void {
    checkFraction(delay.get("percentage"));
    const exponential = delay.get("exponentialDelay");
    if (exponential.isSet) {
        exponential.reject("no value", "Use fixedDelay: Istio does not support exponentialDelay.");
    }
    const percent = delay.get("percent");
    if (percent.isFilled) {
        percent.warn("no value", "Use percentage: {value: …}, because percent is deprecated.");
    }
}

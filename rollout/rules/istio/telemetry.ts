/** Telemetries: ValidateTelemetry of pkg/config/validation/validation.go. */
import type { Field } from "../field";
import { checkTargets } from "./security/selectors";

export function checkTelemetry(spec: Field): void {
    checkTargets(spec);
    for (const metrics of spec.get("metrics").items) {
        for (const override of metrics.get("overrides").items) {
            for (const [, tag] of override.get("tagOverrides").entries) checkTag(tag);
        }
    }
    for (const logging of spec.get("accessLogging").items) {
        const filter = logging.get("filter");
        const expression = filter.get("expression");
        if (!filter.isSet || filter.isUnknown || expression.isFilled) continue;
        expression.reject(
            "an expression in CEL",
            "Set which requests are logged, or remove the filter.",
        );
    }
}

/** Without an operation, Istio sets the tag. */
function checkTag(tag: Field): void {
    const [operation, value] = [tag.get("operation"), tag.get("value")];
    if (tag.isUnknown || operation.isUnknown || operation.value === "REMOVE" || value.isFilled)
        return;
    value.reject("a non-empty string", "Set the value of the tag, or the operation REMOVE.");
}

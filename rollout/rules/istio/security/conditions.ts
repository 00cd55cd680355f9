/** Conditions (`when`) of AuthorizationPolicies: ValidateAttribute of pkg/config/security/security.go. */
import { closest } from "../../../config/problems";
import type { Field } from "../../field";
import { isSubnet } from "../values/addresses";
import { isServiceAccount } from "../values/policies";

/** Checks of the values by the attribute's name. */
const ATTRIBUTES: Readonly<Record<string, (value: string) => boolean>> = {
    "source.ip": isSubnet,
    "remote.ip": isSubnet,
    "source.namespace": Boolean,
    "source.serviceAccount": isServiceAccount,
    "source.principal": Boolean,
    "request.auth.principal": Boolean,
    "request.auth.audiences": Boolean,
    "request.auth.presenter": Boolean,
    "destination.ip": isSubnet,
    "destination.port": (value) => /^\d+$/.test(value) && Number(value) <= 65535,
    "connection.sni": Boolean,
};
/** Attributes with a name in brackets: "request.headers[User-Agent]". */
const MAPS = ["request.headers", "request.auth.claims", "experimental.envoy.filters."];
const NOT_CUSTOM = ["source.namespace", "source.serviceAccount", "source.principal"];

export function checkCondition(condition: Field, action: string): void {
    const key = condition.get("key");
    const { text } = key;
    if (condition.isUnknown || text === undefined) return;
    const map = MAPS.find((name) => text.startsWith(name));
    const isValue = map === undefined ? ATTRIBUTES[text] : Boolean;
    if (isValue === undefined) {
        rejectKey(key, text);
        return;
    }
    if (map !== undefined && !/^[^[]+\[.+\]$/.test(text)) {
        key.reject(`${map}[<name>]`, "Add the name in brackets.");
    }
    if (action === "CUSTOM" && (NOT_CUSTOM.includes(text) || text.startsWith("request.auth."))) {
        key.reject("an attribute that CUSTOM supports", "Use another action for this condition.");
    }
    const [values, others] = [condition.get("values"), condition.get("notValues")];
    if (!values.isFilled && !others.isFilled) {
        values.reject("at least one value", "Set values or notValues.");
    }
    for (const value of [...values.items, ...others.items]) {
        value.rejectUnless(isValue, `a value of ${text}`, "Correct the value.");
    }
}

function rejectKey(key: Field, text: string): void {
    const near = closest(text, [...Object.keys(ATTRIBUTES), ...MAPS]);
    const fix =
        near === undefined
            ? "Use an attribute of https://istio.io/latest/docs/reference/config/security/conditions."
            : `Did you mean \`${near}\`? Istio rejects other attributes.`;
    key.reject("the name of an attribute", fix);
}

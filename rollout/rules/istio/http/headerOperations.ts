/** Headers that a route adds, sets and removes. */
import type { Field } from "../../field";
import { isAuthority, isHeaderValue, isRemovable, isSettable } from "../values/headers";

/** Operations of a route, or of one of its destinations. */
export function checkHeaderOperations(owner: Field): void {
    for (const direction of ["request", "response"] as const) {
        const headers = owner.get("headers").get(direction);
        const isName = direction === "request" ? isSettable : isRemovable;
        for (const operation of ["add", "set"]) {
            for (const [name, value] of headers.get(operation).entries) {
                if (!isName(name)) rejectName(value);
                value.rejectUnless(
                    isHeaderValue,
                    "a value that Envoy can parse",
                    "Write a percent sign as `%%`: Envoy reads `%…%` as a variable.",
                );
            }
        }
        for (const name of headers.get("remove").items) {
            const { text } = name;
            if (text !== undefined && !isRemovable(text)) rejectName(name);
        }
    }
}

function rejectName(field: Field): void {
    field.reject("a header that can be changed", "Use a header without `:`, and not `host`.");
}

/** validateAuthorityRewrite: the rewrite and the headers may set the authority once. */
export function checkAuthority(route: Field): void {
    const request = route.get("headers").get("request");
    const setters = ["set", "add"].flatMap((operation) =>
        request
            .get(operation)
            .entries.filter(([name, value]) => isAuthority(name) && value.isFilled)
            .map(([, value]) => value),
    );
    const all = [route.get("rewrite").get("authority"), ...setters];
    for (const other of all.filter(({ isFilled }) => isFilled).slice(1)) {
        other.reject("an authority that is set once", "Keep one place that sets the authority.");
    }
}

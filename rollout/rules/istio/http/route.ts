/** HTTP routes of a VirtualService: validateHTTPRoute of pkg/config/validation/virtualservice.go. */

import { type Field, rejectSeveral } from "../../field";
import { checkDestination } from "../common";
import { checkDirectResponse, checkMirrors, checkRedirect, checkRewrite } from "./actions";
import { checkCors } from "./cors";
import { checkFault } from "./faults";
import { checkAuthority, checkHeaderOperations } from "./headerOperations";
import { checkMatches } from "./matchConditions";
import { checkRetries } from "./retries";

/** @param isDelegate the VirtualService has no hosts: another one delegates to it. */
export function checkHttpRoute(route: Field, isDelegate: boolean): void {
    if (route.isUnknown) return;
    checkConflicts(route, isDelegate);
    checkMatches(route);
    checkHeaderOperations(route);
    checkAuthority(route);
    checkCors(route.get("corsPolicy"));
    checkFault(route.get("fault"));
    checkMirrors(route);
    checkRedirect(route.get("redirect"));
    checkDirectResponse(route.get("directResponse"));
    checkRetries(route.get("retries"));
    checkRewrite(route.get("rewrite"));
    for (const destination of route.get("route").items) {
        checkHeaderOperations(destination);
        checkDestination(destination.get("destination"));
    }
}

/** validateHTTPRouteConflict. */
function checkConflicts(route: Field, isDelegate: boolean): void {
    const delegate = route.get("delegate");
    const [redirect, answer, destinations] = ["redirect", "directResponse", "route"].map((name) =>
        route.get(name),
    ) as [Field, Field, Field];
    if (delegate.isSet && !isDelegate) {
        for (const field of [redirect, destinations]) {
            if (field.isFilled) {
                field.reject("no value beside delegate", "Move it to the delegate.");
            }
        }
        return;
    }
    if (delegate.isSet) {
        delegate.reject("no delegate in a delegate", "Add the routes of that delegate here.");
    }
    const end = [redirect, answer].find(({ isSet }) => isSet);
    if (end === undefined) {
        if (destinations.isFilled) return;
        destinations.reject(
            "a route, redirect, directResponse or delegate",
            "Add one: Istio rejects a route that sends its requests nowhere.",
        );
        return;
    }
    rejectSeveral([redirect, answer, destinations], "Keep one of them in a route.");
    const name = end.name;
    for (const field of [route.get("fault"), route.get("rewrite")]) {
        if (field.isSet) field.reject(`no value beside ${name}`, "Remove one of them.");
    }
}

/** EnvoyFilters: validateEnvoyFilter of pkg/config/validation/envoyfilter/envoyfilter.go, except for the patch itself. */
import { isRe2 } from "../../config/re2";
import { textOf } from "../../config/unknown";
import type { Field } from "../field";
import { checkSelector } from "./security/selectors";

const LISTENERS = ["LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER"];
const ROUTES = ["ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE"];
const MATCHES = ["listener", "routeConfiguration", "cluster"];
const HTTP_MANAGERS = [
    "envoy.filters.network.http_connection_manager",
    "envoy.http_connection_manager",
];

export function checkEnvoyFilter(spec: Field): void {
    checkSelector(spec.get("workloadSelector"), "labels");
    for (const patch of spec.get("configPatches").items) if (!patch.isUnknown) checkPatch(patch);
}

/** Istio reports the first problem of a patch only. */
function checkPatch(config: Field): void {
    const [applyTo, patch] = [config.get("applyTo"), config.get("patch")];
    const [operation, value] = [patch.get("operation"), patch.get("value")];
    if (applyTo.isUnknown || patch.isUnknown || operation.isUnknown) return;
    if (isUnset(applyTo)) {
        applyTo.reject("a kind of object", "Set what the patch applies to, such as CLUSTER.");
    } else if (!patch.isSet) {
        patch.reject("a patch", "Add its operation and value.");
    } else if (isUnset(operation)) {
        operation.reject("an operation", "Set what the patch does, such as MERGE.");
    } else if (operation.value !== "REMOVE" && !value.isSet) {
        value.reject(`a value, because the operation is ${textOf(operation.value)}`, "Add it.");
    } else {
        checkTypes(value);
        checkMatch(config.get("match"), textOf(applyTo.value));
    }
}

/** Envoy finds the type of a `typed_config` by its "@type". */
function checkTypes(value: Field): void {
    for (const [key, field] of value.entries) {
        const type = field.get("@type");
        if (isTyped(key) && !field.isUnknown && !type.isFilled) {
            type.reject(
                "the URL of a type, such as type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                "Add it: Istio cannot read the configuration without its type.",
            );
        } else checkTypes(field);
    }
    for (const item of value.items) checkTypes(item);
}

function isTyped(key: string): boolean {
    return key === "typed_config" || key === "typedConfig";
}

function isUnset(field: Field): boolean {
    return !field.isSet || field.value === "INVALID";
}

function checkMatch(match: Field, applyTo: string): void {
    const version = match.get("proxy").get("proxyVersion");
    version.rejectUnless(
        (text) => text === "" || isRe2(text),
        "a regular expression for RE2",
        "Correct it: RE2 has no look-around and no back-references.",
    );
    const wanted = matchOf(applyTo);
    for (const name of MATCHES) {
        const other = match.get(name);
        if (wanted === undefined || name === wanted || !other.isSet) continue;
        other.reject(
            `only a match by ${wanted}, because the patch applies to ${applyTo}`,
            `Use match.${wanted}, or remove the match.`,
        );
    }
    if (wanted === "listener") {
        checkFilter(match.get("listener").get("filterChain").get("filter"), applyTo);
    }
}

function matchOf(applyTo: string): string | undefined {
    if (LISTENERS.includes(applyTo)) return "listener";
    if (ROUTES.includes(applyTo)) return "routeConfiguration";
    return applyTo === "CLUSTER" ? "cluster" : undefined;
}

function checkFilter(filter: Field, applyTo: string): void {
    if (!filter.isSet || filter.isUnknown) return;
    const [name, inner] = [filter.get("name"), filter.get("subFilter")];
    if (!name.isFilled) {
        name.reject("a non-empty string", "Set the name of the filter.");
    } else if (inner.isSet && applyTo !== "HTTP_FILTER") {
        inner.reject(
            `no value, because the patch applies to ${applyTo}`,
            "Remove it, or apply the patch to HTTP_FILTER.",
        );
    } else if (inner.isSet && !inner.isUnknown) {
        name.rejectUnless(
            (text) => HTTP_MANAGERS.includes(text),
            `${HTTP_MANAGERS[0]} beside subFilter`,
            "Correct the name: only this filter has filters of its own.",
        );
        if (!inner.get("name").isFilled) {
            inner.get("name").reject("a non-empty string", "Set the name of the HTTP filter.");
        }
    }
}

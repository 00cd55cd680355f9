/** AuthorizationPolicies: ValidateAuthorizationPolicy of pkg/config/validation/validation.go. */

import { textOf } from "../../../config/unknown";
import type { Field } from "../../field";
import { isSubnet } from "../values/addresses";
import { isPathTemplate, isServiceAccount } from "../values/policies";
import { checkCondition } from "./conditions";
import { checkTargets } from "./selectors";

const both = (...names: string[]) =>
    names.flatMap((name) => [name, `not${name[0]?.toUpperCase()}${name.slice(1)}`]);

const IPS = both("ipBlocks", "remoteIpBlocks");
const ACCOUNTS = both("serviceAccounts");
const IDENTITIES = both("principals", "namespaces");
const REQUESTERS = both("requestPrincipals");
const SOURCE = [...IDENTITIES, ...REQUESTERS, ...IPS, ...ACCOUNTS];
const OPERATION = both("hosts", "ports", "methods", "paths");
/** A DENY rule without one of these also denies plain TCP. */
const OF_TCP = [...IDENTITIES, ...IPS, ...ACCOUNTS];

export function checkAuthorizationPolicy(spec: Field): void {
    checkTargets(spec);
    if (spec.get("action").isUnknown) return;
    const action = textOf(spec.get("action").value ?? "ALLOW");
    const rules = spec.get("rules");
    if ((action === "DENY" || action === "CUSTOM") && !rules.isFilled) {
        rules.reject(
            `at least one rule with ${action}`,
            `Add a rule: ${action} without rules does nothing. {} matches every request.`,
        );
    }
    const provider = spec.get("provider");
    if (action === "CUSTOM" && rules.isFilled && !provider.get("name").isFilled) {
        provider.get("name").reject("a non-empty string", "Name the provider of meshConfig.");
    } else if (action !== "CUSTOM" && provider.isSet) {
        provider.reject(`no value with ${action}`, "Remove it, or set the action CUSTOM.");
    }
    for (const rule of rules.items) if (!rule.isUnknown) checkRule(rule, action);
}

function checkRule(rule: Field, action: string): void {
    const sources = rule.get("from").items.map((one) => one.get("source"));
    const operations = rule.get("to").items.map((one) => one.get("operation"));
    for (const source of sources) checkSource(source, action);
    for (const operation of operations) checkOperation(operation);
    for (const condition of rule.get("when").items) checkCondition(condition, action);
    const has = (fields: readonly Field[], names: readonly string[]) =>
        fields.some((field) => names.some((name) => field.get(name).isSet));
    const isHttpOnly =
        operations.length > 0
            ? !has(operations, both("ports"))
            : sources.length > 0 && !has(sources, OF_TCP);
    if (action === "DENY" && isHttpOnly) {
        rule.warn(
            "a port beside attributes of HTTP",
            "Add `to.operation.ports`: on TCP ports, the rule denies every connection.",
        );
    }
}

function checkSource(source: Field, action: string): void {
    if (source.isUnknown) return;
    requireSome(source, SOURCE);
    const accounts = ACCOUNTS.find((name) => source.get(name).isFilled);
    for (const name of accounts ? IDENTITIES : []) {
        if (source.get(name).isFilled) {
            source.get(name).reject(`no value beside ${accounts}`, "Keep one of the two.");
        }
    }
    for (const name of action === "CUSTOM" ? [...IDENTITIES, ...REQUESTERS, ...ACCOUNTS] : []) {
        if (source.get(name).isFilled) {
            source.get(name).reject("no value with CUSTOM", "Use another action for this source.");
        }
    }
    rejectEmptyEntries(source, SOURCE);
    for (const entry of IPS.flatMap((name) => source.get(name).items)) {
        entry.rejectUnless(
            (text) => text === "" || isSubnet(text),
            "an IP address or a CIDR block",
            "Correct the address.",
        );
    }
    for (const name of ACCOUNTS) {
        for (const entry of source.get(name).items) {
            entry.rejectUnless(
                (text) => text === "" || isServiceAccount(text),
                '"<service account>" or "<namespace>/<service account>"',
                "Name one account, without wildcards.",
            );
        }
    }
}

function checkOperation(operation: Field): void {
    if (operation.isUnknown) return;
    requireSome(operation, OPERATION);
    rejectEmptyEntries(operation, OPERATION);
    for (const port of both("ports").flatMap((name) => operation.get(name).items)) {
        port.rejectUnless(
            (text) => text === "" || (/^\d+$/.test(text) && Number(text) <= 65535),
            "a port number as a string",
            "Correct the port.",
        );
    }
    for (const path of both("paths").flatMap((name) => operation.get(name).items)) {
        path.rejectUnless(
            isPathTemplate,
            "a path, where {*} stands for one segment and a last {**} for the rest",
            "Correct the path template.",
        );
    }
}

function requireSome(owner: Field, names: readonly string[]): void {
    if (names.some((name) => owner.get(name).isFilled)) return;
    owner.reject("at least one attribute", "Add what the rule matches, or remove this entry.");
}

function rejectEmptyEntries(owner: Field, names: readonly string[]): void {
    for (const entry of names.flatMap((name) => owner.get(name).items)) {
        if (entry.text === "") entry.reject("a non-empty string", "Remove this entry.");
    }
}

/** A live HTTPRoute of the app: the keys with which a rollout has its requests. The driver does not begin beside it. */
import { gatewayRouteName } from "../../../rollout/config/names";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { isEveryRequest, pathOf } from "../../../rollout/rules/lookup/mesh/apiMatches";
import {
    backendsOf,
    matchesInOrder,
    refersTo,
} from "../../../rollout/rules/lookup/mesh/gatewayApi";
import { SERVICE } from "../../../rollout/rules/lookup/mesh/registry";
import { namespaceOf } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import { type AdoptFinding, finding } from "./finding";
import { hasRolloutsName, type LiveApp, nameOf } from "./liveApp";

export function apiRoute(app: LiveApp, httpRoute: Manifest): AdoptFinding {
    const all = matchesInOrder(httpRoute);
    const own = all.filter(({ path }) => leadsTo(app, httpRoute, path));
    const isShared = own.length > 0 && own.length < all.length;
    const isPart = own.length > 0 && !own.some(({ match }) => isEveryRequest(match));
    const isNamed = hasRolloutsName(app, httpRoute);
    if ((isNamed && isShared) || (isPart && hasGatewaysName(app, httpRoute))) {
        const text =
            "the rollout's own HTTPRoute will have this name, and this one must route until then. Copy it under another name, delete this one, and run `adopt` again";
        return finding("blocked", httpRoute, text);
    }
    const match = own.map((one) => matchOf(one.match));
    const patterns = isPart && match.some(({ uri }) => uri !== undefined && "regex" in uri);
    const keys = [
        "`routing: gateway-api`",
        ...(isNamed ? ["`httpRoute` in `adopt`"] : []),
        "`hosts` and `gateways` as it has them",
        ...(isPart ? [`\`match: ${JSON.stringify(match)}\``] : []),
        ...(patterns ? ["`stableOnlyPaths: []`"] : []),
    ];
    const what = isShared ? "the app's rules in it" : "it";
    const last = isNamed ? "" : `, and delete ${what} after the update`;
    const text = `its requests would not follow the weight. Set ${keys.join(", ")}${last} (docs/traffic/gateway-api.md)`;
    return finding("manual", httpRoute, text);
}

/** @param rule "spec.rules[0]" */
function leadsTo({ service, namespace }: LiveApp, httpRoute: Manifest, rule: string): boolean {
    if (service === undefined) return false;
    return backendsOf(httpRoute).some(
        (one) =>
            one.path.startsWith(`${rule}.`) && refersTo(one, SERVICE, namespace, nameOf(service)),
    );
}

function hasGatewaysName({ service, namespace }: LiveApp, httpRoute: Manifest): boolean {
    if (service === undefined || namespaceOf(httpRoute) !== namespace) return false;
    return nameOf(httpRoute) === gatewayRouteName(nameOf(service));
}

/** An entry of `match`, of which the rollout's own HTTPRoute has the same match. */
function matchOf(match: unknown) {
    const method = textAt(match, "method");
    const [headers, queryParams] = ["headers", "queryParams"].map((field) => {
        const entries = items(at(match, field)).map(([, one]) => {
            const value = textAt(one, "value") ?? "";
            const isRegex = textAt(one, "type") === "RegularExpression";
            return [textAt(one, "name") ?? "", isRegex ? { regex: value } : { exact: value }];
        });
        return entries.length === 0 ? undefined : Object.fromEntries(entries);
    });
    return {
        ...(at(match, "path") !== undefined && { uri: uriOf(match) }),
        ...(method !== undefined && { method: { exact: method } }),
        ...(headers && { headers }),
        ...(queryParams && { queryParams }),
    };
}

function uriOf(match: unknown) {
    const { type, value } = pathOf(match);
    if (type === "Exact") return { exact: value };
    if (type === "RegularExpression") return { regex: value };
    return { prefix: value.endsWith("/") ? value : `${value}/` };
}

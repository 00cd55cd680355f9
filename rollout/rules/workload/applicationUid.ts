/** Rule: an application does not run as the user of the proxy. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { podTemplateOf, podTemplatePath, WORKLOAD_KINDS } from "../lookup/workloads";
import type { ResourceRule } from "../rule";

/** User of istio-proxy. The pod's iptables rules do not redirect its traffic. */
const PROXY_USER = 1337;
const EXPECTED = `another user than ${PROXY_USER}, which is that of istio-proxy`;
const FIX =
    "Use another user: requests of this one bypass the sidecar, with its routes and its mTLS.";

export const applicationUid: ResourceRule = {
    scope: "resource",
    id: "application-uid",
    group: "workload",
    description: "An application should not run as user 1337, whose requests bypass the sidecar.",
    severity: "advisory",
    kinds: WORKLOAD_KINDS,
    options: {},
    check(manifest) {
        const spec = at(podTemplateOf(manifest), "spec");
        const prefix = `${podTemplatePath(manifest)}spec`;
        const containers = items(at(spec, "containers")).filter(
            ([, one]) => at(one, "name") !== "istio-proxy",
        );
        if (containers.length === 0) return [];
        const own = containers.map(([index, one]) => ({
            path: `${prefix}.containers[${index}].securityContext.runAsUser`,
            user: at(one, "securityContext", "runAsUser"),
        }));
        const shared = {
            path: `${prefix}.securityContext.runAsUser`,
            user: at(spec, "securityContext", "runAsUser"),
        };
        return [shared, ...own]
            .filter(({ user }) => user === PROXY_USER || user === UNKNOWN)
            .map(({ path, user }) => findingAt(manifest, path, user, EXPECTED, FIX));
    },
};

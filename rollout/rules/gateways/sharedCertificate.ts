/** Rule: Gateways with one certificate are one Gateway. */

import { at, isMapping, items, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY } from "../lookup/mesh/gateways";
import { resourceName } from "../lookup/resourceName";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Put the servers into one Gateway: a browser reuses its HTTP/2 connection for the other host, which answers 404.";
const EXPECTED = "a certificate that no other Gateway for the same pods has";

export const sharedCertificate: ProgramRule = {
    scope: "program",
    id: "shared-certificate",
    group: "gateways",
    description: "Gateways for the same pods should not share a certificate.",
    severity: "advisory",
    kinds: [GATEWAY],
    options: {},
    check(manifests) {
        const used = new Map<string, Use[]>();
        const gateways = ofKind(GATEWAY.kind, manifests).sort((a, b) =>
            resourceName(a) < resourceName(b) ? -1 : 1,
        );
        return gateways.flatMap((gateway) =>
            items(at(gateway, "spec", "servers")).flatMap(([index, server]) =>
                judge(gateway, `spec.servers[${index}].tls`, at(server, "tls"), used),
            ),
        );
    },
};

interface Use {
    readonly gateway: Manifest;
    readonly selector: unknown;
}

function judge(gateway: Manifest, path: string, tls: unknown, used: Map<string, Use[]>): Finding[] {
    const field = at(tls, "credentialName") === undefined ? "serverCertificate" : "credentialName";
    const certificate = at(tls, field);
    if (certificate === UNKNOWN) {
        return [findingAt(gateway, `${path}.${field}`, UNKNOWN, EXPECTED, FIX)];
    }
    const name = textAt(tls, field);
    if (name === undefined || name === "") return [];
    const selector = at(gateway, "spec", "selector");
    const before = used.get(`${field} ${name}`) ?? [];
    used.set(`${field} ${name}`, [...before, { gateway, selector }]);
    const other = before.find(
        (one) =>
            one.gateway !== gateway &&
            (isPart(one.selector, selector) || isPart(selector, one.selector)),
    );
    if (other === undefined) return [];
    const expected = `a certificate that ${resourceName(other.gateway)} does not have`;
    return [findingAt(gateway, `${path}.${field}`, name, expected, FIX)];
}

/** Whether the pods of the narrower selector have all labels of the wider one. */
function isPart(wide: unknown, narrow: unknown): boolean {
    return (
        isMapping(wide) && Object.entries(wide).every(([key, value]) => at(narrow, key) === value)
    );
}

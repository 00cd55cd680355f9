/** Ingresses and NetworkPolicies: pkg/apis/networking/validation. */
import type { Field } from "../field";
import {
    checkChoice,
    checkEntries,
    checkPortOrName,
    checkRange,
    checkSubdomain,
    requireOne,
    requireText,
} from "./fieldChecks";
import { checkLabelSelector } from "./objectLabels";
import { isDns1035Label, isLenientIp, isPortName, isSubdomain } from "./values/forms";

const BAD_PATH = /\/\/|\/\.\.?(\/|$)|%2f/i;

/** ValidateIngressSpec. */
export function checkIngress(spec: Field, metadata: Field): void {
    const [backend, rules] = [spec.get("defaultBackend"), spec.get("rules")];
    if (!backend.isSet && !rules.isFilled) {
        rules.rejectMissing("rules or a defaultBackend", "Add one of these fields.");
    }
    if (backend.isSet) checkBackend(backend);
    for (const rule of rules.items) {
        checkHost(rule.get("host"));
        const paths = rule.get("http", "paths");
        if (rule.get("http").isSet && !paths.isFilled) {
            paths.rejectMissing("at least one path", "Add the paths of the host.");
        }
        for (const path of paths.items) checkPath(path);
    }
    for (const tls of spec.get("tls").items) {
        for (const host of tls.get("hosts").items) checkHost(host);
        checkSubdomain(tls.get("secretName"));
    }
    const name = spec.get("ingressClassName");
    if (!name.isSet) return;
    name.rejectUnless(isSubdomain, "the name of an IngressClass", "Use the name of an object.");
    const old = metadata.get("annotations", "kubernetes.io/ingress.class");
    if (!old.isSet || name.text === undefined) return;
    old.rejectUnless(
        (text) => text === name.text,
        "spec.ingressClassName",
        "Remove this old annotation.",
    );
}

function checkHost(host: Field): void {
    const isHost = (text: string) =>
        text === "" || (isSubdomain(text.replace(/^\*\./, "")) && !isLenientIp(text));
    host.rejectUnless(isHost, "a DNS name, perhaps with *. before it", "Correct the host.");
}

/** validateHTTPIngressPath. */
function checkPath(path: Field): void {
    if (path.isUnknown) return;
    checkChoice(path.get("pathType"), ["Exact", "Prefix", "ImplementationSpecific"]);
    const [type, own] = [path.get("pathType").text, path.get("path")];
    const isPath = (text: string) =>
        type === "ImplementationSpecific"
            ? text === "" || text.startsWith("/")
            : text.startsWith("/") && !BAD_PATH.test(text);
    if (type) own.rejectUnless(isPath, "an absolute path without . and ..", "Correct the path.");
    checkBackend(path.get("backend"));
}

/** validateIngressBackend. */
function checkBackend(backend: Field): void {
    if (backend.isUnknown) return;
    requireOne(backend, ["service", "resource"]);
    const service = backend.get("service");
    if (!service.isSet || service.isUnknown) return;
    requireText(service.get("name"), "the name of a Service", isDns1035Label);
    const port = service.get("port");
    const [name, number] = [port.get("name"), port.get("number")];
    if (!name.isFilled && !number.isFilled) {
        port.rejectMissing("the name or number of a port", "Set one of the fields.");
    } else if (name.isFilled && number.isFilled && !name.isUnknown && !number.isUnknown) {
        number.reject("no number beside a name", "Remove one of them.");
    }
    if (name.isFilled) name.rejectUnless(isPortName, "the name of a port", "Correct the name.");
    if (number.isFilled) checkRange(number, 1, 65_535);
}

/** ValidateNetworkPolicySpec. */
export function checkNetworkPolicy(spec: Field): void {
    checkLabelSelector(spec.get("podSelector"));
    const types = spec.get("policyTypes");
    checkEntries(types, ["Ingress", "Egress"]);
    if (types.items.length > 2) types.reject("at most two types", "Remove the others.");
    for (const [direction, peers] of [
        ["ingress", "from"],
        ["egress", "to"],
    ] as const) {
        for (const rule of spec.get(direction).items) {
            for (const port of rule.get("ports").items) checkPolicyPort(port);
            for (const peer of rule.get(peers).items) checkPeer(peer);
        }
    }
}

/** ValidateNetworkPolicyPort. */
function checkPolicyPort(policyPort: Field): void {
    const [port, end] = [policyPort.get("port"), policyPort.get("endPort")];
    if (port.isSet) checkPortOrName(port);
    if (!end.isSet || end.isUnknown || port.isUnknown) return;
    if (typeof port.value !== "number") {
        end.reject("no value without a number as port", "Remove it, or set the first port.");
    } else checkRange(end, Math.max(1, port.value), 65_535);
}

/** ValidateNetworkPolicyPeer. */
function checkPeer(peer: Field): void {
    if (peer.isUnknown) return;
    const [pods, namespaces, block] = ["podSelector", "namespaceSelector", "ipBlock"].map((name) =>
        peer.get(name),
    ) as [Field, Field, Field];
    checkLabelSelector(pods);
    checkLabelSelector(namespaces);
    if (!block.isSet) {
        if (!pods.isSet && !namespaces.isSet) {
            peer.rejectMissing(
                "podSelector, namespaceSelector or ipBlock",
                "Add one of these fields.",
            );
        }
        return;
    }
    if (pods.isSet || namespaces.isSet) {
        if (![pods, namespaces, block].some(({ isUnknown }) => isUnknown)) {
            block.reject("no value beside a selector", "Move it to a peer of its own.");
        }
    }
    if (block.isUnknown) return;
    requireText(block.get("cidr"), "a CIDR block", isCidr);
    for (const one of block.get("except").items) {
        one.rejectUnless(isCidr, "a CIDR block", "Correct the addresses.");
    }
}

/** ParseCIDRSloppy. */
function isCidr(text: string): boolean {
    const [address = "", bits = "", ...rest] = text.split("/");
    const most = address.includes(":") ? 128 : 32;
    return rest.length === 0 && isLenientIp(address) && /^\d+$/.test(bits) && Number(bits) <= most;
}

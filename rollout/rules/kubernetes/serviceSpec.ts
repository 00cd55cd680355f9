/** Services: validateService of pkg/apis/core/validation, with the defaults of pkg/apis/core/v1. */
import type { Field } from "../field";
import {
    checkChoice,
    checkEntries,
    checkPortOrName,
    checkRange,
    DNS_LABEL,
    rejectRepeated,
    requireText,
} from "./fieldChecks";
import { checkLabels } from "./objectLabels";
import { isDns1123Label, isLenientIp, isQualifiedName, isSubdomain } from "./values/forms";

/** MaxClientIPServiceAffinitySeconds. */
const A_DAY = 86_400;
/** Of `--service-node-port-range`. */
const NODE_PORTS = [30_000, 32_767] as const;
const BALANCER_ONLY = ["loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"];

export function checkService(spec: Field): void {
    if (spec.isUnknown) return;
    const type = spec.get("type").text;
    const [ip, ports] = [spec.get("clusterIP"), spec.get("ports")];
    const isHeadless = ip.text === "None";
    const mayHaveNone = type === undefined || type === "ExternalName" || isHeadless || ip.isUnknown;
    if (!ports.isFilled && !mayHaveNone) requirePorts(spec);
    if (isHeadless && (type === "LoadBalancer" || type === "NodePort")) {
        ip.reject(`an address or nothing with type ${type}`, "Remove it, or the type.");
    }
    checkClusterIps(spec, type);
    if (type === "ExternalName") checkExternalName(spec);
    checkPorts(spec, type);
    checkLabels(spec.get("selector"));
    checkAffinity(spec);
    for (const address of spec.get("externalIPs").items) {
        const expected = "an IP address";
        address.rejectUnless(isPublicIp, expected, "Use no address of a loopback or link.");
    }
    checkTraffic(spec, type);
}

function requirePorts(spec: Field): void {
    const ports = spec.get("ports");
    const fix = "Add the ports of the Service, or set clusterIP: None.";
    // A patch, such as of annotations, has neither.
    if (spec.get("selector").isFilled || ports.isSet) ports.reject("at least one port", fix);
    else ports.warn("at least one port", fix);
}

/** ValidateEndpointIP. */
function isPublicIp(text: string): boolean {
    return isLenientIp(text) && !/^(0+\.0+\.0+\.0+|127\.|169\.254\.|::1?$)/.test(text);
}

/** ValidateServiceClusterIPsRelatedFields. */
function checkClusterIps(spec: Field, type: string | undefined): void {
    if (type === "ExternalName") return;
    const [ip, ips] = [spec.get("clusterIP"), spec.get("clusterIPs")];
    const isAddress = (text: string) => text === "" || text === "None" || isLenientIp(text);
    ip.rejectUnless(isAddress, "an IP address or None", "Remove it: the API server sets one.");
    const [first, ...others] = ips.items;
    if (first !== undefined && !ip.isUnknown && !ip.isFilled) {
        ips.reject("no value without clusterIP", "Set clusterIP to the first of them.");
    } else if (first?.text !== undefined && ip.text !== undefined && first.text !== ip.text) {
        first.reject("the value of clusterIP", "Set both to the same value.");
    }
    if (others.length > 1) ips.reject("at most 2 addresses", "Use one for each IP family.");
    for (const other of others) {
        other.rejectUnless(isLenientIp, "an IP address", "Use one for each IP family.");
    }
    checkEntries(spec.get("ipFamilies"), ["IPv4", "IPv6"]);
    rejectRepeated(spec.get("ipFamilies").items);
}

function checkExternalName(spec: Field): void {
    const isName = (text: string) => isSubdomain(text.replace(/\.$/, ""));
    requireText(spec.get("externalName"), "a DNS name", isName);
    for (const name of ["clusterIPs", "ipFamilies", "clusterIP", "ipFamilyPolicy"]) {
        const field = spec.get(name);
        const isSet = name === "ipFamilyPolicy" ? field.isSet : field.isFilled;
        if (isSet && !field.isUnknown) {
            field.reject(
                "no value with type ExternalName",
                "Remove it: the Service has no address.",
            );
        }
    }
}

/** validateServicePort, and the pairs of ports and protocols. */
function checkPorts(spec: Field, type: string | undefined): void {
    const ports = spec.get("ports").items;
    const pairs = new Set<string>();
    const nodePairs = new Set<string>();
    for (const port of ports) {
        if (port.isUnknown) continue;
        const [name, number] = [port.get("name"), port.get("port")];
        if (ports.length > 1 && !name.isFilled) {
            name.rejectMissing("a name, because there are several ports", "Give each port a name.");
        } else if (name.isFilled) {
            name.rejectUnless(isDns1123Label, DNS_LABEL, "Change the name of the port.");
        }
        if (number.isSet) checkRange(number, 1, 65_535);
        else number.rejectMissing("a port from 1 to 65535", "Set the port of the Service.");
        const target = port.get("targetPort");
        if (target.isFilled) checkPortOrName(target);
        const protocol = port.get("appProtocol");
        if (protocol.isSet) {
            const fix = "Use a name such as http, grpc or kubernetes.io/h2c.";
            protocol.rejectUnless(isQualifiedName, "the name of a protocol", fix);
        }
        rejectPair(pairs, port, "port");
        checkNodePort(port.get("nodePort"), type);
        rejectPair(nodePairs, port, "nodePort");
    }
    rejectRepeated(ports.map((port) => port.get("name")));
}

function rejectPair(seen: Set<string>, port: Field, name: "port" | "nodePort"): void {
    const [number, protocol] = [port.get(name).number, port.get("protocol").text];
    if (!number || protocol === undefined) return;
    const pair = `${number}/${protocol || "TCP"}`;
    if (seen.has(pair)) {
        port.get(name).reject(
            "a unique pair of port and protocol",
            "Change or remove one of them.",
        );
    }
    seen.add(pair);
}

function checkNodePort(port: Field, type: string | undefined): void {
    const { number } = port;
    if (!number) return;
    if (type === "" || type === "ClusterIP") {
        port.reject("no value with type ClusterIP", "Remove it, or set type: NodePort.");
        return;
    }
    const [least, most] = NODE_PORTS;
    if (number > 65_535) checkRange(port, 1, 65_535);
    else if (number < least || number > most) {
        const fix = "Use a port in the range of the cluster: this is the default.";
        port.warn(`a port from ${least} to ${most}`, fix);
    }
}

/** validateClientIPAffinityConfig. With None, the API server drops the config. */
function checkAffinity(spec: Field): void {
    if (spec.get("sessionAffinity").text !== "ClientIP") return;
    checkRange(spec.get("sessionAffinityConfig", "clientIP", "timeoutSeconds"), 1, A_DAY);
}

/** validateServiceExternalTrafficPolicy, and the fields that only some types have. */
function checkTraffic(spec: Field, type: string | undefined): void {
    const distribution = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    checkChoice(spec.get("trafficDistribution"), distribution);
    if (type === undefined) return;
    const external = spec.get("externalTrafficPolicy");
    const hasExternalIps = spec.get("externalIPs").isFilled;
    const isOpen = type === "LoadBalancer" || type === "NodePort";
    const isClusterIp = type === "" || type === "ClusterIP";
    if (!isOpen && !(isClusterIp && hasExternalIps) && external.isFilled && !external.isUnknown) {
        external.reject(
            "no value, except with type NodePort or LoadBalancer",
            "Remove this field.",
        );
    }
    const health = spec.get("healthCheckNodePort");
    const isLocal = external.text === "Local" || external.isUnknown;
    if (!(type === "LoadBalancer" && isLocal) && health.number && !health.isUnknown) {
        const expected = "no value, except with type LoadBalancer and externalTrafficPolicy Local";
        health.reject(expected, "Remove this field.");
    }
    const balancer = spec.get("loadBalancerClass");
    if (type === "LoadBalancer") {
        if (balancer.isSet) {
            const expected = "a name such as example.com/balancer";
            balancer.rejectUnless(isQualifiedName, expected, "Correct the name.");
        }
        return;
    }
    for (const name of [...BALANCER_ONLY, "loadBalancerClass"]) {
        const field = spec.get(name);
        const isSet = name === "loadBalancerSourceRanges" ? field.isFilled : field.isSet;
        if (!isSet || field.isUnknown) continue;
        field.reject("no value, except with type LoadBalancer", "Remove it, or change the type.");
    }
}

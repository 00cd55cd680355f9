/** VirtualServices: ValidateVirtualService of pkg/config/validation/validation.go. */
import { textOf } from "../../config/unknown";
import type { Field } from "../field";
import {
    checkDestination,
    checkExportTo,
    checkGatewayNames,
    checkLabels,
    checkPort,
} from "./common";
import { checkClaims } from "./http/matchConditions";
import { checkHttpRoute } from "./http/route";
import { isIp, isSubnet } from "./values/addresses";
import { hostsOverlap, isGeneratedSni, isWildcardHost, isWithin } from "./values/validNames";

const PROTOCOLS = ["http", "tls", "tcp"] as const;

export function checkVirtualService(spec: Field, namespace: string): void {
    const hosts = spec.get("hosts");
    const gateways = spec.get("gateways");
    const isDelegate = !hosts.isFilled;
    if (isDelegate) checkDelegate(spec);
    checkGatewayNames(gateways);
    const isOfGateway = gateways.isFilled && !gateways.items.some(({ value }) => value === "mesh");
    checkHosts(spec, isOfGateway);
    if (!PROTOCOLS.some((name) => spec.get(name).isFilled)) {
        spec.get("http").reject(
            "at least one route in http, tls or tcp",
            "Add a route: Istio rejects a VirtualService without routes.",
        );
    }
    for (const route of spec.get("http").items) {
        checkHttpRoute(route, isDelegate);
        if (!isOfGateway && !gateways.items.some(({ isUnknown }) => isUnknown)) checkClaims(route);
    }
    for (const route of spec.get("tls").items) checkTlsRoute(route, hosts, isOfGateway);
    for (const route of spec.get("tcp").items) checkTcpRoute(route);
    checkExportTo(spec.get("exportTo"), { namespace });
}

/** A delegate takes its hosts and gateways from the VirtualService that delegates to it. */
function checkDelegate(spec: Field): void {
    for (const name of ["gateways", "tls", "tcp"]) {
        const field = spec.get(name);
        if (!field.isFilled) continue;
        field.reject(
            "no value in a VirtualService without hosts",
            "Set spec.hosts, or remove this field if the VirtualService is a delegate.",
        );
    }
}

function checkHosts(spec: Field, isOfGateway: boolean): void {
    const { items } = spec.get("hosts");
    const valid = items.filter((host) => checkHost(host, spec, isOfGateway));
    if (valid.length < items.length) return;
    for (const [index, host] of valid.entries()) {
        const before = valid
            .slice(0, index)
            .find((one) => hostsOverlap(textOf(one.value), textOf(host.value)));
        if (before === undefined) continue;
        host.reject(
            `a host that ${JSON.stringify(before.value)} does not match`,
            "Remove one of the two hosts: Istio rejects duplicates.",
        );
    }
}

/** @returns whether the host is known and valid. */
function checkHost(host: Field, spec: Field, isOfGateway: boolean): boolean {
    const { text } = host;
    if (text === undefined) return false;
    const hasSni = spec
        .get("tls")
        .items.some((route) =>
            route.get("match").items.some((one) => one.get("sniHosts").isFilled),
        );
    if (!isValidHost(text, isOfGateway && hasSni)) {
        host.reject("a host name", 'Use a DNS name, with "*" only as its first label.');
        return false;
    }
    if (text !== "*" || isOfGateway) return true;
    host.reject(
        'no "*" in a VirtualService of the mesh',
        'Name the hosts, or name only Gateways in spec.gateways, without "mesh".',
    );
    return false;
}

function isValidHost(host: string, allowsGenerated: boolean): boolean {
    return isWildcardHost(host) || isIp(host) || (allowsGenerated && isGeneratedSni(host));
}

/** validateTLSRoute. */
function checkTlsRoute(route: Field, hosts: Field, isOfGateway: boolean): void {
    if (route.isUnknown) return;
    const match = route.get("match");
    if (!match.isFilled) match.reject("at least one match with sniHosts", "Add the SNI hosts.");
    for (const one of match.items) {
        checkL4Match(one);
        const names = one.get("sniHosts");
        if (!one.isUnknown && !names.isFilled) {
            names.reject("at least one SNI host", "Add the host names that the clients send.");
        }
        for (const name of names.items) checkSniHost(name, hosts, isOfGateway);
    }
    checkL4Destinations(route);
}

/** validateSniHost. */
function checkSniHost(name: Field, hosts: Field, isOfGateway: boolean): void {
    const { text } = name;
    if (text === undefined) return;
    if (!isValidHost(text, isOfGateway)) {
        name.reject("a host name", 'Use a DNS name, with "*" only as its first label.');
    } else if (isIp(text)) {
        name.warn("a host name", "Use a DNS name: most clients send no SNI for an IP address.");
    } else if (hosts.items.every(({ text: host }) => host !== undefined && !isWithin(text, host))) {
        if (hosts.isUnknown) return;
        name.reject(
            "a host within spec.hosts",
            "Add it to spec.hosts: Istio rejects other SNI hosts.",
        );
    }
}

/** validateTCPRoute. */
function checkTcpRoute(route: Field): void {
    if (route.isUnknown) return;
    for (const match of route.get("match").items) checkL4Match(match);
    checkL4Destinations(route);
}

function checkL4Match(match: Field): void {
    for (const subnet of match.get("destinationSubnets").items) {
        subnet.rejectUnless(isSubnet, "an IP address or a CIDR block", "Correct the subnet.");
    }
    if (match.get("port").isFilled) checkPort(match.get("port"));
    checkLabels(match.get("sourceLabels"));
    checkGatewayNames(match.get("gateways"));
}

function checkL4Destinations(route: Field): void {
    const destinations = route.get("route");
    if (!destinations.isFilled) {
        destinations.reject("at least one destination", "Add where the connections go.");
    }
    for (const one of destinations.items) checkDestination(one.get("destination"));
}

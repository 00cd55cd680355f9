/** ServiceEntries: ValidateServiceEntry of pkg/config/validation/validation.go. */
import { textOf } from "../../config/unknown";
import type { Field } from "../field";
import { checkExportTo, checkLabels, checkPort } from "./common";
import { checkSelector } from "./security/selectors";
import { isIp, isSubnet, isUnixUrl } from "./values/addresses";
import { isHttp, isProtocol, isTcp, isTls, PROTOCOLS } from "./values/protocols";
import { isDnsLabel, isHost, isWholeWildcard, isWildcardHost } from "./values/validNames";

const HOST_FIX = 'Use a DNS name, with "*" only as its first label.';

export function checkServiceEntry(spec: Field, namespace: string): void {
    if (spec.get("resolution").isUnknown) return;
    const resolution = textOf(spec.get("resolution").value ?? "NONE");
    checkSelector(spec.get("workloadSelector"), "labels");
    checkHosts(spec, resolution);
    for (const address of spec.get("addresses").items) {
        address.rejectUnless(isSubnet, "an IP address or a CIDR block", "Correct the address.");
    }
    checkPorts(spec, resolution);
    checkEndpoints(spec, resolution);
    if (resolution === "DYNAMIC_DNS") checkDynamicDns(spec);
    checkExportTo(spec.get("exportTo"), { namespace, allowsNobody: true });
}

function checkHosts(spec: Field, resolution: string): void {
    const hosts = spec.get("hosts");
    if (!hosts.isFilled) hosts.reject("at least one host", "Add the hosts of the service.");
    for (const host of hosts.items) {
        const { text } = host;
        if (text === undefined) continue;
        if (text === "*" || !isWildcardHost(text)) host.reject("a host name", HOST_FIX);
        else if (resolution === "DYNAMIC_DNS" && !text.startsWith("*")) {
            host.reject('a host that starts with "*"', "DYNAMIC_DNS resolves wildcards only.");
        } else if (resolution !== "DYNAMIC_DNS" && !isWholeWildcard(text)) {
            host.warn('"*" as the whole first label', "Write `*.` before the domain.");
        } else if (/^DNS/.test(resolution) && !spec.get("endpoints").isFilled && !isHost(text)) {
            host.reject(
                `a host without wildcard, because the resolution is ${resolution}`,
                "Name the host, or add endpoints that a proxy can resolve.",
            );
        }
    }
}

function checkPorts(spec: Field, resolution: string): void {
    const { items: ports } = spec.get("ports");
    const { items: hosts } = spec.get("hosts");
    const names = new Set<string>();
    for (const port of ports) {
        if (port.isUnknown) continue;
        const [name, protocol] = [port.get("name"), port.get("protocol")];
        name.rejectUnless(isDnsLabel, "a DNS label", "Use letters, digits and hyphens.");
        if (name.text && names.has(name.text)) {
            name.reject("a name that occurs once", "Rename one of the ports.");
        }
        names.add(name.text ?? "");
        if (protocol.isFilled) {
            protocol.rejectUnless(isProtocol, `one of ${PROTOCOLS}`, "Correct the protocol.");
        }
        checkPort(port.get("number"));
        if (port.get("targetPort").isFilled) checkPort(port.get("targetPort"));
    }
    const isPlain = ({ text = "HTTP" }: Field) => !isHttp(text) && !isTls(text);
    const plain = ports.map((port) => port.get("protocol")).find(isPlain);
    if (resolution !== "NONE" && hosts.length > 1 && plain) {
        plain.reject(
            "HTTP or TLS, because the entry has several hosts",
            "Use an entry for each host: only HTTP and TLS name the host of a request.",
        );
    } else if (/^DNS/.test(resolution) && hosts.length > 1 && spec.get("addresses").isFilled) {
        const tcp = ports.map((port) => port.get("protocol")).find(({ text }) => isTcp(text ?? ""));
        tcp?.warn("no TCP port with an address and several hosts", "Use an entry for each host.");
    }
}

function checkEndpoints(spec: Field, resolution: string): void {
    const endpoints = spec.get("endpoints");
    const selector = spec.get("workloadSelector");
    if (selector.isSet && endpoints.isSet) {
        endpoints.reject("no value beside workloadSelector", "Keep one of the two.");
    }
    if (resolution === "NONE") {
        if (endpoints.isFilled) {
            endpoints.reject("no value with resolution NONE", "Use STATIC or DNS.");
        }
        if (selector.isSet) {
            selector.warn("no value with resolution NONE", "Use STATIC: NONE ignores workloads.");
        }
        return;
    }
    if (resolution === "DNS_ROUND_ROBIN" && endpoints.items.length > 1) {
        endpoints.reject("at most 1 endpoint with DNS_ROUND_ROBIN", "Use DNS for several.");
    }
    const names = spec.get("ports").items.map((port) => port.get("name").value);
    for (const endpoint of endpoints.items) {
        if (!endpoint.isUnknown) checkEndpoint(endpoint, resolution === "STATIC", names);
    }
}

function checkEndpoint(endpoint: Field, isStatic: boolean, portNames: readonly unknown[]): void {
    const address = endpoint.get("address");
    const { text } = address;
    const isUnix = isUnixUrl(text ?? "");
    const isMissing = text === "" && isStatic && endpoint.get("network").isFilled;
    if (text !== undefined && !isMissing && !(isStatic && isUnix)) {
        if (!isIp(text) && (isStatic || !isHost(text))) {
            address.reject(
                isStatic ? "an IP address, because the resolution is STATIC" : "a host or an IP",
                "Correct the address, or use resolution DNS for host names.",
            );
        }
    }
    if (isStatic && isUnix && portNames.length !== 1) {
        address.reject(
            "an IP address, or a Unix socket of an entry with one port",
            "Use one port in spec.ports, or one entry for each port.",
        );
    }
    for (const [name, port] of endpoint.get("ports").entries) {
        if (isUnix) port.reject("no port with a Unix socket", "Remove the ports of this endpoint.");
        else if (!portNames.includes(name) && portNames.every((one) => typeof one === "string")) {
            port.reject("the name of a port of the entry", "Use a name of spec.ports as the key.");
        }
        checkPort(port);
    }
    checkLabels(endpoint.get("labels"));
}

function checkDynamicDns(spec: Field): void {
    for (const name of ["addresses", "endpoints"]) {
        if (spec.get(name).isFilled) {
            spec.get(name).reject(
                "no value with resolution DYNAMIC_DNS",
                "Remove it: Istio does not use it here.",
            );
        }
    }
    for (const port of spec.get("ports").items) {
        port.get("protocol").rejectUnless(
            (text) => text.toLowerCase() === "http",
            "HTTP, because the resolution is DYNAMIC_DNS",
            "Use HTTP, or another resolution.",
        );
    }
    const location = spec.get("location");
    if (location.value === "MESH_INTERNAL") {
        location.reject("MESH_EXTERNAL with DYNAMIC_DNS", "Set location: MESH_EXTERNAL.");
    }
}

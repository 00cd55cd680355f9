/** Gateways: ValidateGateway of pkg/config/validation/validation.go. */

import type { Field } from "../field";
import { checkPort } from "./common";
import { checkServerTls } from "./tls";
import { isIp, isUnixAddress, isUnixUrl } from "./values/addresses";
import { isHttp, isProtocol, isTls, PROTOCOLS } from "./values/protocols";
import { isDnsLabel, isWholeWildcard, isWildcardHost } from "./values/validNames";

export function checkGateway(spec: Field): void {
    const servers = spec.get("servers");
    if (!servers.isFilled) {
        servers.reject(
            "at least one server",
            "Add the port and the hosts that the gateway serves.",
        );
    }
    const names = new Set<string>();
    for (const server of servers.items) {
        if (server.isUnknown) continue;
        checkServer(server);
        const name = server.get("port").get("name");
        if (name.text && names.has(name.text)) {
            name.reject("a name that occurs once in the Gateway", "Rename one of the ports.");
        }
        names.add(name.text ?? "");
    }
}

function checkServer(server: Field): void {
    const hosts = server.get("hosts");
    if (!hosts.isFilled) hosts.reject("at least one host", 'Add the hosts, or "*" for all.');
    for (const host of hosts.items) checkGatewayHost(host);
    checkServerPort(server);
    const [protocol, tls] = [server.get("port").get("protocol").text, server.get("tls")];
    checkServerTls(tls);
    if (protocol === undefined || !isProtocol(protocol) || tls.isUnknown) return;
    if (isTls(protocol) && !tls.isSet) {
        tls.reject(
            `TLS settings, because the protocol is ${protocol}`,
            "Add mode and certificate.",
        );
    }
    if (!isHttp(protocol) && tls.get("httpsRedirect").value === true) {
        tls.get("httpsRedirect").warn(
            "true only on a plain-text server",
            "Move it to the server on port 80: this one already serves TLS.",
        );
    }
    if (!tls.isSet || isTls(protocol)) return;
    if (!isHttp(protocol)) {
        tls.reject(
            `no TLS settings, because the protocol is ${protocol}`,
            "Use HTTPS or TLS as the protocol.",
        );
    } else checkRedirectOnly(tls, protocol);
}

/** A plain-text server may only redirect. */
function checkRedirectOnly(tls: Field, protocol: string): void {
    const mode = tls.get("mode");
    const passes = [undefined, null, "PASSTHROUGH", "AUTO_PASSTHROUGH"].includes(
        mode.value as string | undefined,
    );
    const files = ["caCertificates", "privateKey", "serverCertificate"].filter(
        (name) => tls.get(name).isFilled,
    );
    if (mode.isUnknown || (passes && files.length === 0)) return;
    tls.reject(
        `only httpsRedirect, because the protocol is ${protocol}`,
        "Use HTTPS to serve TLS, or remove the certificates.",
    );
}

function checkServerPort(server: Field): void {
    const [port, bind] = [server.get("port"), server.get("bind")];
    if (port.isUnknown || !port.isSet) return;
    const [number, protocol] = [port.get("number"), port.get("protocol")];
    const address = bind.text ?? "";
    protocol.rejectUnless(isProtocol, `one of ${PROTOCOLS}`, "Correct the protocol.");
    if (isUnixUrl(address)) {
        if (!isUnixAddress(address))
            bind.reject("an absolute path", "Use an address such as unix:///path.");
        if (number.isFilled) number.reject("0 for a Unix socket", "Remove the number.");
    } else {
        checkPort(number);
        if (address !== "" && !isIp(address)) bind.reject("an IP address", "Correct the address.");
    }
    if (port.get("targetPort").isFilled) {
        port.get("targetPort").reject("no value", "Remove it: Gateways do not use targetPort.");
    }
    if (!port.get("name").isFilled) {
        port.get("name").reject("a non-empty string", "Name the port: Istio requires it.");
    }
}

/** ValidateNamespaceSlashWildcardHostname. */
function checkGatewayHost(host: Field): void {
    const { text } = host;
    if (text === undefined) return;
    const [first = "", ...rest] = text.split("/");
    const name = rest.length === 0 ? first : rest.join("/");
    if (rest.length > 0 && !["*", "."].includes(first) && !isDnsLabel(first)) {
        host.reject('"<namespace>/<host>"', 'Correct the namespace; "." is the Gateway\'s own.');
    } else if (!isIp(name) && !isWildcardHost(name)) {
        host.reject("a host name", 'Use a DNS name, with "*" only as its first label.');
    } else if (!isWholeWildcard(name)) {
        host.reject('a host with "*" as its whole first label', "Write `*.` before the domain.");
    } else if (name !== "*" && !name.includes(".")) {
        host.reject("a full host name", "Use a name with dots: Gateways match no short names.");
    }
}

/** Sidecars: ValidateSidecar of pkg/config/validation/validation.go. */

import type { Field } from "../field";
import { checkDestination, checkPort } from "./common";
import { checkConnectionPool } from "./policySettings";
import { checkSelector } from "./security/selectors";
import { checkServerTls } from "./tls";
import { isIp, isUnixAddress, isUnixUrl } from "./values/addresses";
import { isProtocol, isTls, PROTOCOLS } from "./values/protocols";
import { isDnsLabel, isHost, isWholeWildcard, isWildcardHost } from "./values/validNames";

const SETTINGS = ["egress", "ingress", "outboundTrafficPolicy", "inboundConnectionPool"];

export function checkSidecar(spec: Field): void {
    if (spec.isUnknown) return;
    if (!SETTINGS.some((name) => hasSetting(spec.get(name)))) {
        spec.reject(
            `at least one of ${SETTINGS.join(", ")}`,
            "Add settings, or remove the Sidecar.",
        );
    }
    checkSelector(spec.get("workloadSelector"), "labels");
    checkConnectionPool(spec.get("inboundConnectionPool"));
    checkIngress(spec.get("ingress"));
    checkEgress(spec.get("egress"));
    checkEgressProxy(spec.get("outboundTrafficPolicy"));
}

/** An empty list is no setting, but an empty mapping is one. */
function hasSetting(field: Field): boolean {
    return Array.isArray(field.value) ? field.isFilled : field.isSet;
}

function checkIngress(listeners: Field): void {
    const numbers = new Set<unknown>();
    for (const listener of listeners.items) {
        if (listener.isUnknown) continue;
        const port = listener.get("port");
        if (!port.isSet) port.reject("a port", "Name the port that the listener is for.");
        else checkListenerPort(port, listener.get("bind"), numbers);
        checkDefaultEndpoint(listener.get("defaultEndpoint"));
        checkIngressTls(listener.get("tls"), port);
        checkConnectionPool(listener.get("connectionPool"));
    }
}

function checkIngressTls(tls: Field, port: Field): void {
    if (!tls.isSet || tls.isUnknown) return;
    for (const name of [
        "subjectAltNames",
        "httpsRedirect",
        "credentialName",
        "credentialNames",
        "tlsCertificates",
    ]) {
        if (tls.get(name).isFilled)
            tls.get(name).reject("no value in a Sidecar", "Remove it: Istio does not use it here.");
    }
    const mode = tls.get("mode");
    if (mode.value === "ISTIO_MUTUAL" || mode.value === "AUTO_PASSTHROUGH") {
        mode.reject(
            "SIMPLE, MUTUAL or PASSTHROUGH",
            "Use another mode: a Sidecar has no such one.",
        );
    }
    const { text } = port.get("protocol");
    if (text !== undefined && port.isSet && !isTls(text)) {
        tls.reject(
            "no TLS settings, because the protocol is not TLS",
            "Use HTTPS or TLS as the protocol.",
        );
    }
    checkServerTls(tls);
}

/** "127.0.0.1:80", "[::1]:80", ":80" or "unix:///path". */
function checkDefaultEndpoint(endpoint: Field): void {
    endpoint.rejectUnless(
        (text) => {
            if (isUnixUrl(text)) return isUnixAddress(text);
            const [, port] = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\])?:(\d+)$/.exec(text) ?? [];
            return text === "" || (Number(port) >= 1 && Number(port) <= 65535);
        },
        '"127.0.0.1:<port>", ":<port>" or "unix://<path>"',
        "Use an address of the pod itself.",
    );
}

function checkEgress(listeners: Field): void {
    const numbers = new Set<unknown>();
    const { items } = listeners;
    for (const [index, listener] of items.entries()) {
        if (listener.isUnknown) continue;
        const [port, bind, hosts] = [
            listener.get("port"),
            listener.get("bind"),
            listener.get("hosts"),
        ];
        if (port.isSet) {
            checkListenerPort(port, bind, numbers, true);
            checkCaptureMode(listener);
        } else if (index < items.length - 1) {
            port.reject(
                "a port, except in the last listener",
                "Move the listener without port to the end: it takes all other ports.",
            );
        }
        if (!hosts.isFilled) hosts.reject("at least one host", 'Add hosts, such as "./*".');
        for (const host of hosts.items) checkEgressHost(host);
        warnOfRepeatedHosts(hosts);
    }
}

/** A port on a Unix socket has the number 0. */
function checkListenerPort(
    port: Field,
    bind: Field,
    numbers: Set<unknown>,
    isEgress = false,
): void {
    if (port.isUnknown) return;
    const [name, number, protocol] = ["name", "number", "protocol"].map((one) => port.get(one)) as [
        Field,
        Field,
        Field,
    ];
    if (name.isFilled)
        name.rejectUnless(isDnsLabel, "a DNS label", "Correct the name of the object.");
    if (protocol.isFilled) {
        protocol.rejectUnless(isProtocol, `one of ${PROTOCOLS}`, "Correct the protocol.");
    }
    if (port.get("targetPort").isFilled) {
        port.get("targetPort").reject("no value", "Remove it: Sidecars do not use targetPort.");
    }
    const address = bind.text ?? "";
    if (isEgress && number.number === 0) {
        if (isUnixUrl(address) && isUnixAddress(address)) return;
        number.reject("a port, or 0 with a Unix socket in bind", "Set the number of the port.");
        return;
    }
    checkPort(number);
    if (address !== "" && !isIp(address)) bind.reject("an IP address", "Correct the address.");
    if (number.number !== undefined && numbers.has(number.number)) {
        number.reject("a port that occurs once", "Join the listeners of this port.");
    }
    numbers.add(number.number);
}

function checkCaptureMode(listener: Field): void {
    const mode = listener.get("captureMode");
    const isUnix = listener.get("port").get("number").number === 0;
    if (isUnix && mode.value === "IPTABLES") {
        mode.reject("NONE for a Unix socket", "Set NONE: iptables capture no Unix sockets.");
    }
}

/** "namespace/host": ValidateNamespaceSlashWildcardHostname. */
function checkEgressHost(host: Field): void {
    const { text } = host;
    if (text === undefined) return;
    const [namespace = "", ...rest] = text.split("/");
    const name = rest.join("/");
    if (rest.length === 0 || (!["*", ".", "~"].includes(namespace) && !isDnsLabel(namespace))) {
        host.reject('"<namespace>/<host>"', 'Add the namespace: "." is its own, "*" is any.');
    } else if (!isWildcardHost(name) || !isWholeWildcard(name)) {
        host.reject('a host name after "/"', 'Use a DNS name, or "*" for its first label.');
    } else if (name !== "*" && !name.includes(".")) {
        host.reject(
            'a full host name after "/"',
            "Use a full name: Sidecars match no short names.",
        );
    }
}

/** Istio accepts hosts that another entry contains, with a warning. */
function warnOfRepeatedHosts(hosts: Field): void {
    const seen = new Set<string>();
    for (const host of hosts.items) {
        const { text } = host;
        if (!text) continue;
        const namespace = text.split("/")[0] ?? "";
        if (seen.has(text) || seen.has(`${namespace}/*`)) {
            host.warn(
                "a host that no other entry contains",
                "Remove it: Istio does not use it here.",
            );
        }
        seen.add(text);
    }
}

function checkEgressProxy(policy: Field): void {
    const proxy = policy.get("egressProxy");
    const mode = policy.get("mode");
    if (!proxy.isSet || proxy.isUnknown || mode.isUnknown) return;
    if (mode.value !== "ALLOW_ANY") {
        proxy.reject("no value unless the mode is ALLOW_ANY", "Set the mode, or remove the proxy.");
        return;
    }
    if (!proxy.get("port").isSet) proxy.get("port").reject("a port", "Set the proxy's port.");
    const host = proxy.get("host");
    if (host.isFilled) {
        host.rejectUnless(isHost, "a host without wildcard", "Name the host of the proxy.");
    }
    checkDestination(proxy);
}

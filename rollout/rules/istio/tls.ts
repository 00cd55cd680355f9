/** TLS settings of DestinationRules and Gateways. */
import { textOf } from "../../config/unknown";
import { type Field, rejectSeveral } from "../field";

const CREDENTIAL_FIX = "Remove it: credentialName already names the Secret with the certificates.";
const VERIFY_FIX = "Remove it, or remove insecureSkipVerify, which switches verification off.";

/** ValidateTLS of pkg/config/validation/agent/validation.go. */
export function checkClientTls(tls: Field, namespace: string): void {
    if (!tls.isSet || tls.isUnknown) return;
    const mode = tls.get("mode").value;
    const credential = tls.get("credentialName");
    checkConfigMap(credential, namespace);
    if (tls.get("insecureSkipVerify").value === true) {
        const conflicting = {
            SIMPLE: ["caCertificates", "credentialName", "subjectAltNames"],
            MUTUAL: ["caCertificates", "subjectAltNames"],
        }[textOf(mode)];
        rejectAll(tls, conflicting, "no value beside insecureSkipVerify", VERIFY_FIX);
    }
    if (credential.isFilled && (mode === "SIMPLE" || mode === "MUTUAL")) {
        const files = ["clientCertificate", "caCertificates", "privateKey", "caCrl"];
        rejectAll(tls, files, "no value beside credentialName", CREDENTIAL_FIX);
    } else if (mode === "MUTUAL") {
        requireAll(tls, ["clientCertificate", "privateKey"], "MUTUAL");
    }
}

/** "configmap://<namespace>/<name>" must be in the object's own namespace. */
function checkConfigMap(credential: Field, namespace: string): void {
    const { text } = credential;
    if (!text?.startsWith("configmap://")) return;
    const [owner, name] = text.slice("configmap://".length).split("/");
    if (owner === namespace && name) return;
    credential.reject(`configmap://${namespace}/<name>`, "Name a ConfigMap of this namespace.");
}

const CERTIFICATES = [
    "serverCertificate",
    "privateKey",
    "caCertificates",
    "tlsCertificates",
    "credentialName",
    "credentialNames",
];

/** validateTLSOptions of pkg/config/validation/validation.go. */
export function checkServerTls(tls: Field): void {
    if (!tls.isSet || tls.isUnknown || tls.get("mode").isUnknown) return;
    const mode = textOf(tls.get("mode").value ?? "PASSTHROUGH");
    checkVersions(tls);
    if (mode === "ISTIO_MUTUAL") {
        const fix = "Remove it: ISTIO_MUTUAL uses the workload's own certificate.";
        rejectAll(tls, CERTIFICATES, "no value with ISTIO_MUTUAL", fix);
        return;
    }
    checkSources(tls);
    if (mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH") {
        for (const name of [...CERTIFICATES, "caCrl"]) {
            const field = tls.get(name);
            if (field.isFilled) field.warn(`no value with ${mode}`, "Remove it: Istio ignores it.");
        }
        if (tls.get("credentialName").isFilled) {
            rejectAll(tls, ["caCrl"], "no value beside credentialName", CREDENTIAL_FIX);
        }
        return;
    }
    const credentials = [tls.get("credentialName"), tls.get("credentialNames")];
    if (credentials.some(({ isFilled }) => isFilled)) return;
    if (mode !== "SIMPLE" && !tls.get("caCertificates").isFilled) {
        requireAll(tls, ["caCertificates"], mode);
    }
    const certificates = tls.get("tlsCertificates").items;
    if (certificates.length > 2) {
        tls.get("tlsCertificates").warn("at most 2 certificates", "Remove the others.");
    }
    for (const owner of certificates.length > 0 ? certificates : [tls]) {
        requireAll(owner, ["serverCertificate", "privateKey"], mode);
    }
    const crl = tls.get("caCrl");
    if (crl.isFilled && mode === "SIMPLE") {
        crl.reject("no value with SIMPLE", "Remove it: SIMPLE does not verify clients.");
    }
}

/** A server has one source of certificates. */
function checkSources(tls: Field): void {
    const names = ["credentialName", "credentialNames", "tlsCertificates"];
    if (tls.get("privateKey").isFilled) names.push("serverCertificate");
    rejectSeveral(
        names.map((name) => tls.get(name)),
        "Keep one source of certificates.",
    );
}

const OLD_VERSIONS = ["TLSV1_0", "TLSV1_1"];
const CIPHERS = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
];

function checkVersions(tls: Field): void {
    const [version, suites] = [tls.get("minProtocolVersion"), tls.get("cipherSuites")];
    if (OLD_VERSIONS.includes(textOf(version.value)) && !suites.isFilled) {
        version.warn("TLSV1_2 or later", "Raise it, or set cipherSuites that old clients support.");
    }
    const seen = new Set<string>();
    for (const suite of suites.items) {
        const { text } = suite;
        // Names that start with another character are operators of BoringSSL.
        if (!text || text === "ALL" || !/^[\p{L}\p{N}]/u.test(text)) continue;
        if (!CIPHERS.includes(text))
            suite.warn("a cipher suite of BoringSSL", "Remove it: Istio does not use it here.");
        else if (seen.has(text))
            suite.warn(
                "a cipher suite that is named once",
                "Remove it: Istio does not use it here.",
            );
        seen.add(text);
    }
}

function rejectAll(tls: Field, names: readonly string[] = [], expected: string, fix: string): void {
    for (const name of names) if (tls.get(name).isFilled) tls.get(name).reject(expected, fix);
}

function requireAll(tls: Field, names: readonly string[], mode: string): void {
    for (const name of names) {
        if (tls.get(name).isFilled) continue;
        tls.get(name).reject(
            `a file, because the mode is ${mode}`,
            "Set it, or set credentialName to the name of a Secret.",
        );
    }
}

/** Checks that several kinds share. */
import type { Field } from "../field";
import { isPort } from "./values/addresses";
import { isDnsLabel, isHost, isLabelKey, isLabelValue, isWildcardHost } from "./values/validNames";

export function checkPort(port: Field): void {
    const { number } = port;
    if (number !== undefined && !isPort(number)) {
        port.reject("a port from 1 to 65535", "Set the number of a port.");
    }
}

/** ValidatePercent. */
export function checkPercent(field: Field): void {
    const { number } = field;
    if (number !== undefined && (number < 0 || number > 100)) {
        field.reject("a percentage from 0 to 100", "Use a number in this range.");
    }
}

/** validatePercentage: Envoy counts in steps of 0.0001 %. */
export function checkFraction(percentage: Field): void {
    const value = percentage.get("value");
    const { number } = value;
    if (number !== undefined && (number < 0 || number > 100 || (number > 0 && number < 0.0001))) {
        value.reject("0, or a percentage from 0.0001 to 100", "Use a number in this range.");
    }
}

/** validateSubsetName. */
export function checkSubsetName(name: Field): void {
    name.rejectUnless(
        isDnsLabel,
        "a DNS label",
        "Use letters, digits and hyphens: Istio builds the name of a cluster from it.",
    );
}

/** labels.Instance.Validate. */
export function checkLabels(labels: Field): void {
    for (const [key, label] of labels.entries) {
        if (!isLabelKey(key))
            label.reject("a valid label key", "Rename the label as Kubernetes allows.");
        label.rejectUnless(isLabelValue, "a valid label value", "Change the value of the label.");
    }
}

/** validateDestination. */
export function checkDestination(destination: Field): void {
    if (!destination.isSet || destination.isUnknown) return;
    destination
        .get("host")
        .rejectUnless(
            (host) => host !== "*" && isWildcardHost(host),
            "the host of a Service",
            'Use a full name, such as "web.shop.svc.cluster.local".',
        );
    const subset = destination.get("subset");
    if (subset.isFilled) checkSubsetName(subset);
    const port = destination.get("port");
    if (port.isSet && !port.isUnknown) checkPort(port.get("number"));
}

/** validateGatewayNames. */
export function checkGatewayNames(names: Field): void {
    for (const name of names.items) {
        const { text } = name;
        if (text === undefined) continue;
        const [namespace = "", gateway, ...rest] = text.split("/");
        if (gateway === undefined) checkShortName(name, text);
        else if (rest.length > 0 || !isDnsLabel(namespace) || !isDnsLabel(gateway)) {
            name.reject(
                '"<namespace>/<name>" of a Gateway',
                "Name one Gateway, without wildcards.",
            );
        }
    }
}

function checkShortName(field: Field, name: string): void {
    if (!isHost(name)) {
        field.reject(
            'the name of a Gateway, "<namespace>/<name>" or "mesh"',
            "Correct the name of the object.",
        );
    } else if (name.includes(".")) {
        const [gateway, namespace] = name.split(".");
        field.warn(
            '"<namespace>/<name>" of a Gateway',
            `Write \`${namespace}/${gateway}\`: the form with dots is deprecated.`,
        );
    }
}

interface ExportTo {
    readonly namespace: string;
    /** A ServiceEntry may be exported to nobody: "~". */
    readonly allowsNobody?: boolean;
    /** A DestinationRule with a workloadSelector applies only in its own namespace. */
    readonly isOwnOnly?: boolean;
}

/** validateExportTo. */
export function checkExportTo(exportTo: Field, options: ExportTo): void {
    const { namespace, allowsNobody = false, isOwnOnly = false } = options;
    const known = exportTo.items.filter(({ text }) => text !== undefined);
    const named = known.map(({ text }) => (text === "." ? namespace : text) ?? "");
    for (const [index, entry] of known.entries()) {
        const name = named[index] ?? "";
        if (named.indexOf(name) < index) {
            entry.reject("a namespace that is named once", "Remove this entry.");
        } else if (!["*", ...(allowsNobody ? ["~"] : [])].includes(name) && !isDnsLabel(name)) {
            entry.reject('".", "*" or the name of a namespace', "Correct this entry.");
        } else if (["*", "~"].includes(name) && known.length > 1) {
            entry.reject(`"${name}" alone`, "Remove the other entries, or this one.");
        } else if (isOwnOnly && name !== namespace) {
            entry.reject(
                'only "."',
                "Remove this entry: a rule with a workloadSelector applies in its own namespace.",
            );
        }
    }
}

/** The live Service as config. */
import { DOMAIN, workloadName } from "../../../rollout/config/names";
import type { Slot } from "../../../rollout/config/slots";
import { at, items, textAt } from "../../../rollout/config/unknown";
import type { Manifest } from "../../../rollout/rules/rule";
import { type AdoptFinding, finding, ownersText } from "./finding";
import { hasRolloutsName, type LiveApp, nameOf, stringsAt } from "./liveApp";

/** Selects the old and the new pods of a Service whose own labels the new pods cannot have. */
const SERVICE_LABEL = `${DOMAIN}/service`;
const PROTOCOLS = ["http2", "http", "grpc", "tcp"] as const;

export interface AdoptedService {
    readonly port: number;
    readonly protocol: (typeof PROTOCOLS)[number];
    readonly containerPort: number;
    /** Labels that the Service must select before the adoption. Default: it keeps its selector. */
    readonly newSelector?: Readonly<Record<string, string>>;
    /** The config keys `adopt`, `service` and `ports`; empty without a Service. */
    readonly keys: {
        readonly adopt?: readonly string[];
        readonly service?: object;
        readonly ports?: readonly object[];
    };
    readonly findings: readonly AdoptFinding[];
}

/** The slot that has no Deployment of that name yet, so that it can stand beside the live one. */
export function freeSlot({ name, service }: LiveApp): Slot {
    return service !== undefined && name === workloadName(nameOf(service), "v1") ? "v2" : "v1";
}

export function adoptService(app: LiveApp): AdoptedService {
    const { service, deployment } = app;
    const containers = items(at(deployment, "spec", "template", "spec", "containers"));
    const containerPorts = containers.flatMap(([, one]) =>
        items(at(one, "ports")).map(([, port]) => port),
    );
    const firstPort = Number(at(containerPorts[0], "containerPort") ?? 8_080);
    if (service === undefined) {
        const text =
            "no Service selects its pods. Create one, and let its callers use it; a rollout splits the requests to a Service";
        return {
            ...{ port: 80, protocol: "http", containerPort: firstPort, keys: {} },
            findings: [finding("blocked", deployment, text)],
        };
    }
    const all = items(at(service, "spec", "ports")).map(([, port]) => port);
    const ports = all.filter((one) => (at(one, "protocol") ?? "TCP") === "TCP");
    // The first port with requests, because the driver counts them.
    const port = ports.find((one) => protocolOf(one) !== "tcp") ?? ports[0];
    const others = ports.filter((one) => one !== port);
    const target = at(port, "targetPort") ?? at(port, "port");
    const named = containerPorts.find((one) => at(one, "name") === target);
    const containerPort =
        typeof target === "number" ? target : Number(at(named, "containerPort") ?? firstPort);
    const protocol = protocolOf(port);
    const newSelector = newSelectorOf(service);
    const selector = newSelector ?? stringsAt(service, "spec", "selector");
    const keys = {
        ...keysOf(app, service, port, protocol ?? "http", selector),
        ...(others.length > 0 && { ports: others.map(portOf) }),
    };
    const fields = `port ${at(port, "port")} → ${containerPort}; its fields belong to ${ownersText(service)}`;
    const change =
        newSelector === undefined
            ? "and stay as they are"
            : "and stay as they are, except for the selector: new pods cannot have its labels";
    const findings = [
        finding("taken", service, `${fields} ${change}`),
        ...[port, ...others].flatMap((one) =>
            protocolOf(one) === undefined
                ? [
                      finding(
                          "manual",
                          service,
                          `its port name "${hintOf(one)}" names no protocol: \`http\` is assumed. If it is another, set \`protocol\``,
                      ),
                  ]
                : [],
        ),
        ...(others.length > 0
            ? [
                  finding(
                      "taken",
                      service,
                      `${others.length} further ports become \`ports\`, with the same weight. Set \`split: false\` for those that only the stable version may serve`,
                  ),
              ]
            : []),
        ...blocked(app, all.length - ports.length),
    ];
    const number = Number(at(port, "port") ?? 80);
    return {
        ...{ port: number, protocol: protocol ?? "http", containerPort, keys, findings },
        ...(newSelector && { newSelector }),
    };
}

/** The component sets `app` and `version` of its pods, so a Service that selects other values needs a label of its own. */
function newSelectorOf(service: Manifest): Readonly<Record<string, string>> | undefined {
    const app = nameOf(service);
    const selector = stringsAt(service, "spec", "selector");
    if ((selector.app ?? app) === app && selector.version === undefined) return undefined;
    return { [SERVICE_LABEL]: app };
}

function hintOf(port: unknown): string {
    return textAt(port, "appProtocol") ?? textAt(port, "name") ?? "";
}

/** The protocol that a port names; undefined if it names none. */
function protocolOf(port: unknown): AdoptedService["protocol"] | undefined {
    const hint = hintOf(port).toLowerCase();
    return PROTOCOLS.find((one) => hint === one || hint.startsWith(`${one}-`));
}

/** A further port as an item of `ports`. */
function portOf(port: unknown): object {
    const target = at(port, "targetPort");
    const number = at(port, "port");
    return {
        name: textAt(port, "name"),
        port: number,
        protocol: protocolOf(port) ?? "http",
        ...(target !== undefined && target !== number && { targetPort: target }),
    };
}

/** Keeps the Service as it is: both versions' pods get the labels that it selects. */
function keysOf(
    live: LiveApp,
    service: Manifest,
    port: unknown,
    protocol: string,
    selector: Readonly<Record<string, string>>,
): AdoptedService["keys"] {
    const name = textAt(port, "name");
    const type = textAt(service, "spec", "type") ?? "ClusterIP";
    const hasName = (one: Manifest) => hasRolloutsName(live, one);
    const adopt = [
        "service",
        ...(live.destinationRules.some(hasName) ? ["destinationRule"] : []),
        ...(live.virtualServices.some(hasName) ? ["virtualService"] : []),
    ];
    const kept = {
        selector,
        targetPort: at(port, "targetPort") ?? at(port, "port"),
        ...(name !== undefined && name !== protocol && { portName: name }),
        ...(type !== "ClusterIP" && { type }),
    };
    return { adopt, service: kept };
}

/** @param datagrams number of ports without connections. */
function blocked(
    { service, deployment, otherServices }: LiveApp,
    datagrams: number,
): AdoptFinding[] {
    if (service === undefined) return [];
    const found: AdoptFinding[] = [];
    const add = (kind: AdoptFinding["kind"], text: string) =>
        found.push(finding(kind, service, text));
    const type = textAt(service, "spec", "type") ?? "ClusterIP";
    if (at(service, "spec", "clusterIP") === "None") {
        add("blocked", "it is headless: its callers choose pods themselves, so no weight applies");
    } else if (type !== "ClusterIP") {
        add(
            "manual",
            `type ${type}: callers from outside have no sidecar, so their requests go by pod count. Before the first rollout, lead them through a Gateway`,
        );
    }
    if (datagrams > 0) {
        const text = `${datagrams} of its ports are UDP or SCTP. They stay, and their packets go to both versions by pod count`;
        add("manual", text);
    }
    for (const one of otherServices) {
        found.push(
            finding(
                "manual",
                one,
                `it selects the same pods, and goes on to select the new ones unless it selects \`app\` or \`version\`. Its requests go by pod count, not by weight; point its callers at ${nameOf(service)}`,
            ),
        );
    }
    if (nameOf(service).length > 40 || !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(nameOf(service))) {
        add("blocked", "the rollout has the Service's name, of at most 40 characters");
    }
    const mounts = items(at(deployment, "spec", "template", "spec", "volumes"));
    for (const [, volume] of mounts) {
        const claim = textAt(volume, "persistentVolumeClaim", "claimName");
        if (claim === undefined) continue;
        found.push(
            finding(
                "manual",
                deployment,
                `its volume ${claim} is mounted by both Deployments for a while. With access mode ReadWriteOnce, the new pods start only on the node of the old ones`,
            ),
        );
    }
    return found;
}

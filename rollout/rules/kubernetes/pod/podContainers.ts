/** Containers: validateContainers, validateInitContainers and validateContainerCommon of pkg/apis/core/validation. */
import type { Field } from "../../field";
import { checkChoice, checkRange, rejectRepeated, requireLabel, requireText } from "../fieldChecks";
import { isDescendingPath, isPortName } from "../values/forms";
import { checkEnv, checkEnvFrom } from "./containerEnv";
import { checkProbesOf } from "./containerProbes";
import { checkResources } from "./resourceAmounts";
import { checkSecurityContext } from "./securityContext";

export interface PodFacts {
    /** Names of the volumes; undefined if one is not known. */
    readonly volumes: ReadonlySet<string> | undefined;
    readonly isPod: boolean;
    readonly hasHostNetwork: boolean;
    readonly grace: number | undefined;
}

export function checkContainers(spec: Field, facts: PodFacts): void {
    const [containers, initContainers] = [spec.get("containers"), spec.get("initContainers")];
    if (!containers.isFilled) {
        containers.rejectMissing("at least one container", "Add the containers of the pod.");
    }
    for (const container of containers.items) {
        checkContainer(container, facts);
        checkProbesOf(container, facts.grace);
        checkOwnHostPorts(container, facts);
    }
    for (const container of initContainers.items) {
        checkContainer(container, facts);
        checkInitContainer(container, facts);
        rejectRepeatedHostPorts([container], facts);
    }
    rejectRepeatedHostPorts(containers.items, facts);
    rejectRepeated([...containers.items, ...initContainers.items].map((one) => one.get("name")));
}

function checkContainer(container: Field, facts: PodFacts): void {
    if (container.isUnknown) return;
    requireLabel(container.get("name"));
    const image = container.get("image");
    requireText(image, "an image", (text) => !facts.isPod || text.trim() === text);
    checkPorts(container.get("ports"));
    checkEnv(container.get("env"));
    checkEnvFrom(container.get("envFrom"));
    checkMounts(container, facts);
    checkResources(container.get("resources"));
    checkSecurityContext(container.get("securityContext"));
}

/** validateContainerPorts. */
function checkPorts(ports: Field): void {
    for (const port of ports.items) {
        const [name, number] = [port.get("name"), port.get("containerPort")];
        if (name.isFilled) {
            const fix = "Use up to 15 lower-case letters, digits and hyphens, with a letter.";
            name.rejectUnless(isPortName, "the name of a port", fix);
        }
        if (number.isSet) checkRange(number, 1, 65_535);
        else
            number.rejectMissing(
                "a port from 1 to 65535",
                "Set the port that the container listens on.",
            );
        if (port.get("hostPort").number !== 0) checkRange(port.get("hostPort"), 1, 65_535);
    }
    rejectRepeated(ports.items.map((port) => port.get("name")));
}

/** validatePodHostNetworkDeps. */
function checkOwnHostPorts(container: Field, { hasHostNetwork }: PodFacts): void {
    if (!hasHostNetwork) return;
    for (const port of container.get("ports").items) {
        const [own, host] = [port.get("containerPort").number, port.get("hostPort")];
        if (own !== undefined && host.number && host.number !== own) {
            host.reject(`${own}, as containerPort`, "Remove it: the pod has hostNetwork.");
        }
    }
}

/** checkHostPortConflicts. In a Pod with hostNetwork, containerPort is the default. */
function rejectRepeatedHostPorts(containers: readonly Field[], facts: PodFacts): void {
    const seen = new Set<string>();
    for (const port of containers.flatMap((one) => one.get("ports").items)) {
        const isDefault = facts.isPod && facts.hasHostNetwork && !port.get("hostPort").isFilled;
        const host = port.get(isDefault ? "containerPort" : "hostPort");
        const [protocol, ip] = [port.get("protocol").text, port.get("hostIP").text];
        if (!host.number || protocol === undefined || ip === undefined) continue;
        const key = `${protocol || "TCP"}/${ip}/${host.number}`;
        if (seen.has(key)) host.reject("a unique port of the host", "Change one of the ports.");
        seen.add(key);
    }
}

/** ValidateVolumeMounts and ValidateVolumeDevices. */
function checkMounts(container: Field, { volumes }: PodFacts): void {
    const privileged = container.get("securityContext", "privileged");
    const [mounts, devices] = [container.get("volumeMounts").items, container.get("volumeDevices")];
    for (const mount of mounts) {
        if (mount.isUnknown) continue;
        checkVolumeName(mount.get("name"), volumes);
        requireText(mount.get("mountPath"), "a path in the container");
        const [subPath, expression] = [mount.get("subPath"), mount.get("subPathExpr")];
        for (const field of [subPath, expression]) {
            field.rejectUnless(isDescendingPath, "a relative path without ..", "Correct the path.");
        }
        if (subPath.isFilled && expression.isFilled && !expression.isUnknown) {
            expression.reject("no value beside subPath", "Remove one of them.");
        }
        const propagation = mount.get("mountPropagation");
        checkChoice(propagation, ["None", "HostToContainer", "Bidirectional"]);
        if (propagation.text === "Bidirectional" && !isTrueOrUnknown(privileged)) {
            propagation.reject("another mode", "Make the container privileged, or change it.");
        }
    }
    rejectRepeated(
        mounts.map((mount) => mount.get("mountPath")),
        "a unique path",
        "Change it: another volume is mounted there.",
    );
    for (const device of devices.items) {
        if (device.isUnknown) continue;
        checkVolumeName(device.get("name"), volumes);
        requireText(device.get("devicePath"), "a path in the container");
    }
}

function checkVolumeName(name: Field, volumes: ReadonlySet<string> | undefined): void {
    if (!name.isFilled) name.rejectMissing("the name of a volume", "Set the name of the volume.");
    else if (volumes !== undefined) {
        const isVolume = (text: string) => volumes.has(text);
        const fix = "Add the volume to the pod, or correct the name.";
        if (name.text === undefined || isVolume(name.text)) return;
        name.rejectMissing(
            `a volume of the pod (${[...volumes].join(", ") || "there is none"})`,
            fix,
        );
    }
}

/** validateInitContainers: a sidecar has probes. */
function checkInitContainer(container: Field, { grace }: PodFacts): void {
    const policy = container.get("restartPolicy");
    if (container.isUnknown || policy.isUnknown) return;
    if (policy.text === "Always") {
        checkProbesOf(container, grace);
        return;
    }
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]) {
        const field = container.get(name);
        if (!field.isSet || field.isUnknown || policy.text === undefined) continue;
        const fix = "Remove it, or set restartPolicy: Always for a sidecar.";
        field.reject("no value in an init container", fix);
    }
}

export function isTrueOrUnknown(field: Field): boolean {
    return field.value === true || field.isUnknown;
}

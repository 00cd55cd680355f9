/** Config: fields of the Service and of the ServiceAccounts, and objects that the cluster has already. */
import { z } from "zod";
import {
    anyText,
    boolean,
    doc,
    leaf,
    listOf,
    mapping,
    named,
    oneOf,
    pattern,
    texts,
} from "../fields";
import { key } from "../key";
import { type Problem, wrongValue } from "../problems";
import type { Slot } from "../slots";
import type { Mode } from "./mode";

const PORT_NAME = "a port number from 1 to 65535, or the name of a port";
export const portName = () =>
    pattern(/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/, "a port name");
export const targetPort = () =>
    z.union([z.int().min(1, PORT_NAME).max(65_535, PORT_NAME), portName()], { error: PORT_NAME });
const annotations = () =>
    z.record(z.string(), leaf(anyText()), { error: "a mapping from names to strings" }).optional();

/** Fields of a Service that have a key of their own. */
const RESERVED = ["type", "selector", "ports"] as const;

const serviceSchema = mapping({
    type: doc(
        oneOf(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP"),
        "Type of the Service.",
    ),
    selector: doc(
        texts().optional(),
        "Labels by which the Service selects pods. Both versions' pods get them too. Must not contain `version`; `app` must be the app's name.",
        "`app: <app>`",
    ),
    portName: doc(portName().optional(), "Name of the Service's port.", "the `protocol`"),
    targetPort: doc(
        targetPort().optional(),
        "Port of the pods: a number, which must be the `containerPort` of both versions, or a name, which the container's port then has.",
        "the `protocol`, as a name",
    ),
    labels: doc(texts().optional(), "Labels to add to the Service.", "none"),
    annotations: doc(annotations(), "Annotations to add to the Service.", "none"),
    spec: doc(
        z
            .record(z.string(), z.unknown(), { error: "a mapping with fields of a Service's spec" })
            .superRefine((spec, context) => {
                for (const field of RESERVED.filter((one) => spec[one] !== undefined)) {
                    const message = `no value, because service.${field} and the other keys set it`;
                    context.addIssue({ code: "custom", path: [field], message });
                }
            })
            .optional(),
        "Other fields of the Service's spec: `loadBalancerClass`, `externalTrafficPolicy`, `sessionAffinity`, …",
        "none",
    ),
});

/** Objects that a cluster may have before the rollout. */
const ADOPTABLE = ["service", "destinationRule", "virtualService", "httpRoute"] as const;

export const serviceKeys = {
    service: key(doc(named("ServiceArgs", serviceSchema).prefault({}), "Fields of the Service.")),
    serviceAccount: key(
        doc(
            named(
                "ServiceAccountArgs",
                mapping({
                    annotations: doc(
                        annotations(),
                        "Annotations to add to the ServiceAccounts of both slots, such as a cloud provider's role.",
                        "none",
                    ),
                }),
            ).prefault({}),
            "Fields of the ServiceAccounts.",
        ),
    ),
    adopt: key(
        doc(
            listOf(ADOPTABLE.join(", "), oneOf(ADOPTABLE)).default([]),
            "Objects of the app's name that exist already. `pulumi destroy` leaves them. The update replaces all routes of `virtualService` or `httpRoute` and the policies of `destinationRule`; for `service`, set `service.selector` and `service.targetPort` to the existing values, which the update then keeps.",
        ),
    ),
    retainOnDelete: key(
        doc(
            boolean().default(false),
            "Leave every object in the cluster when Pulumi deletes it from the stack. Set it in the last update before `pulumi destroy`, to hand the app over.",
        ),
    ),
};

interface ServiceValues {
    readonly app: string;
    readonly mode: Mode;
    readonly service: z.output<typeof serviceSchema>;
    readonly adopt: readonly (typeof ADOPTABLE)[number][];
    readonly versions: Readonly<
        Partial<
            Record<
                Slot,
                { readonly containerPort: number; readonly workloadRef?: object | undefined }
            >
        >
    >;
}

export function serviceRelations(config: Partial<ServiceValues>): Problem[] {
    const { app, mode, service = { type: "ClusterIP" }, adopt = [], versions = {} } = config;
    const { selector, targetPort } = service;
    const problems: Problem[] = [];
    const runsPods = Object.values(versions).some((version) => version?.workloadRef === undefined);
    if (runsPods && app !== undefined && selector?.app !== undefined && selector.app !== app) {
        const expected = `${app}, because the pods have the label app: ${app}`;
        problems.push(wrongValue(["service", "selector", "app"], expected, selector.app));
    }
    if (selector?.version !== undefined) {
        const expected = "no value, because the Service selects the pods of both slots";
        problems.push(wrongValue(["service", "selector", "version"], expected, selector.version));
    }
    if (adopt.includes("service")) {
        for (const field of ["selector", "targetPort"] as const) {
            if (service[field] !== undefined) continue;
            const expected = "the value of the existing Service, because adopt contains service";
            problems.push(wrongValue(["service", field], expected, undefined));
        }
    }
    for (const [slot, version] of Object.entries(versions)) {
        if (typeof targetPort !== "number" || version?.containerPort === undefined) continue;
        if (version.workloadRef !== undefined) continue;
        if (version.containerPort === targetPort) continue;
        const expected = `${targetPort}, because service.targetPort is a number`;
        const path = ["versions", slot, "containerPort"];
        problems.push(wrongValue(path, expected, version.containerPort));
    }
    if (mode === "replicas") {
        for (const one of adopt.filter((object) => object !== "service")) {
            const expected = "service only, because mode replicas runs without Istio";
            problems.push(wrongValue(["adopt"], expected, one));
        }
    }
    return problems;
}

/** Volumes of a version's pods, in Kubernetes' own shape; other kinds go into `podTemplate`. */
import { z } from "zod";
import { boolean, dnsLabel, mapping, objectName, oneOf, quantity } from "../fields";

const KINDS = ["emptyDir", "configMap", "secret", "persistentVolumeClaim"] as const;

const volumeSchema = mapping({
    name: dnsLabel(),
    emptyDir: mapping({
        medium: oneOf(["Memory"]).optional(),
        sizeLimit: quantity().optional(),
    }).optional(),
    configMap: mapping({ name: objectName(), optional: boolean().optional() }).optional(),
    secret: mapping({ secretName: objectName(), optional: boolean().optional() }).optional(),
    persistentVolumeClaim: mapping({
        claimName: objectName(),
        readOnly: boolean().optional(),
    }).optional(),
}).refine(
    (volume) => KINDS.filter((kind) => volume[kind] !== undefined).length === 1,
    `must have exactly one of ${KINDS.join(", ")}; other kinds go into podTemplate.spec.volumes`,
);

export const volumesSchema = z.array(volumeSchema, { error: "must be a list of volumes" });

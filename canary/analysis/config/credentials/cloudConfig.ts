/** Config: credentials of cloud providers. */
import type { z } from "zod";
import { doc, mapping, pattern, text } from "../../../../rollout/config/fields";

export const AWS_KEYS = {
    region: doc(
        pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, such as eu-central-1").optional(),
        "AWS region.",
        "that of the URL, or `AWS_REGION`",
    ),
    profile: doc(text().optional(), "Profile of the AWS config files.", "`AWS_PROFILE`"),
    accessKeyId: doc(
        text().optional(),
        "Access key. Requires `secretAccessKey`.",
        "AWS' default chain: the environment, the profile, IRSA or Pod Identity, the instance's role",
    ),
    secretAccessKey: doc(text().optional(), "Secret key. Requires `accessKeyId`. Encrypt it."),
    sessionToken: doc(text().optional(), "Session token of temporary keys. Encrypt it."),
};

const awsSchema = mapping(AWS_KEYS);
export type AwsConfig = z.output<typeof awsSchema>;

export const sigv4Schema = awsSchema.optional();

export const googleSchema = mapping({
    credentialsFile: doc(
        text().optional(),
        "Path of a service account's key, or of a workload identity configuration.",
        "Application Default Credentials: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's, or the metadata server",
    ),
}).optional();
export type GoogleConfig = NonNullable<z.output<typeof googleSchema>>;

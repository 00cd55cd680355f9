/** The new identities: each version has a ServiceAccount of its own, and what was granted to the live one must be theirs too. */
import { workloadName } from "../../../rollout/config/names";
import { SLOTS } from "../../../rollout/config/slots";
import { at, items, textAt } from "../../../rollout/config/unknown";
import { namespaceOf, resourceName } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";
import { type AdoptFinding, finding } from "./finding";
import { type LiveApp, type LiveObjects, nameOf, stringsAt } from "./liveApp";

/** A change to somebody else's object, and the way back. */
export interface Grant {
    readonly about: string;
    readonly command: string;
    readonly back: string;
}

export interface AdoptedIdentity {
    readonly grants: readonly Grant[];
    readonly imagePullSecrets: readonly string[];
    /** The config key `serviceAccount`, if the live account has annotations. */
    readonly keys: { readonly serviceAccount?: object };
    readonly findings: readonly AdoptFinding[];
}

export function adoptIdentity(app: LiveApp, live: LiveObjects): AdoptedIdentity {
    const account = app.serviceAccount && nameOf(app.serviceAccount);
    const rollout = app.service && nameOf(app.service);
    if (account === undefined || rollout === undefined || app.serviceAccount === undefined) {
        return { grants: [], imagePullSecrets: [], keys: {}, findings: [] };
    }
    const accounts = SLOTS.map((slot) => workloadName(rollout, slot));
    const findings: AdoptFinding[] = [];
    const grants = [
        ...live.authorizationPolicies.flatMap((one) =>
            principalGrants(one, app, account, accounts),
        ),
        ...live.roleBindings.flatMap((one) => subjectGrants(one, app, account, accounts)),
    ];
    const annotations = Object.entries(
        stringsAt(app.serviceAccount, "metadata", "annotations"),
    ).filter(([key]) => !/^(kubectl|kubernetes|meta\.helm)/.test(key));
    if (annotations.length > 0) {
        const text = `\`serviceAccount.annotations\` gives its annotations to ${accounts.join(" and ")}. If they name a cloud identity, let that trust both names first`;
        findings.push(finding("manual", app.serviceAccount, text));
    }
    for (const policy of app.policies) {
        const labels = Object.keys(stringsAt(policy, "spec", "selector", "matchLabels")).filter(
            (label) => label === "version" || label === "app",
        );
        const isSame = labels.every((label) => label === "app" && app.podLabels.app === rollout);
        findings.push(
            isSame
                ? finding("kept", policy, "it selects labels that the new pods have too")
                : finding(
                      "manual",
                      policy,
                      `it selects ${labels.join(", ")}, which the new pods have otherwise (app: ${rollout}). Add a copy that selects \`app: ${rollout}\``,
                  ),
        );
    }
    const imagePullSecrets = items(at(app.serviceAccount, "imagePullSecrets")).flatMap(
        ([, one]) => textAt(one, "name") ?? [],
    );
    const keys =
        annotations.length > 0
            ? { serviceAccount: { annotations: Object.fromEntries(annotations) } }
            : {};
    return { grants, imagePullSecrets, keys, findings };
}

/** Adds both versions wherever a policy names the live account. */
function principalGrants(
    policy: Manifest,
    { namespace }: LiveApp,
    account: string,
    accounts: readonly string[],
): Grant[] {
    const suffix = `/ns/${namespace}/sa/${account}`;
    return items(at(policy, "spec", "rules")).flatMap(([rule, one]) =>
        items(at(one, "from")).flatMap(([from, source]) =>
            ["principals", "notPrincipals"].flatMap((field) => {
                const list = items(at(source, "source", field)).map(([, name]) => String(name));
                const named = list.find((name) => name.endsWith(suffix));
                if (named === undefined) return [];
                const path = `/spec/rules/${rule}/from/${from}/source/${field}`;
                const domain = named.slice(0, -suffix.length);
                const values = accounts
                    .map((name) => `${domain}/ns/${namespace}/sa/${name}`)
                    .filter((value) => !list.includes(value));
                return jsonPatch(policy, "authorizationpolicy", path, list.length, values);
            }),
        ),
    );
}

function subjectGrants(
    binding: Manifest,
    { namespace }: LiveApp,
    account: string,
    accounts: readonly string[],
): Grant[] {
    const subjects = items(at(binding, "subjects")).map(([, one]) => one);
    const isNamed = (name: string) =>
        subjects.some(
            (one) =>
                at(one, "kind") === "ServiceAccount" &&
                at(one, "name") === name &&
                (at(one, "namespace") ?? namespaceOf(binding)) === namespace,
        );
    if (!isNamed(account)) return [];
    const values = accounts
        .filter((name) => !isNamed(name))
        .map((name) => ({ kind: "ServiceAccount", name, namespace }));
    return jsonPatch(binding, binding.kind.toLowerCase(), "/subjects", subjects.length, values);
}

function jsonPatch(
    manifest: Manifest,
    plural: string,
    path: string,
    length: number,
    values: readonly unknown[],
): Grant[] {
    if (values.length === 0) return [];
    const place = binds(manifest) ? "" : ` -n ${namespaceOf(manifest)}`;
    const patch = (operations: object[]) =>
        `kubectl patch ${plural} ${nameOf(manifest)}${place} --type=json -p '${JSON.stringify(operations)}'`;
    return [
        {
            about: resourceName(manifest),
            command: patch(values.map((value) => ({ op: "add", path: `${path}/-`, value }))),
            back: patch(
                values
                    .map((_, index) => ({ op: "remove", path: `${path}/${length + index}` }))
                    .reverse(),
            ),
        },
    ];
}

function binds(manifest: Manifest): boolean {
    return manifest.kind === "ClusterRoleBinding";
}

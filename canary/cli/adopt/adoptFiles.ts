// The files of an adoption: the stack's config, the live objects, the plan, and a transform for routes that no key says.
import { stringify } from "yaml";
import type { Adoption, AdoptOptions } from "../../analysis/adopt/adopt";
import type { AdoptFinding } from "../../analysis/adopt/finding";
import { DRIVER_NAMESPACE } from "../../analysis/config/driverConfig";

const KINDS: readonly [AdoptFinding["kind"], string][] = [
    ["blocked", "Stops the adoption"],
    ["manual", "Decide or do yourself"],
    ["taken", "Taken over"],
    ["kept", "Stays as it is"],
];

/** File names with their contents. */
export function adoptFiles(adoption: Adoption, options: AdoptOptions): Record<string, string> {
    const { config, driver = {}, before, removed, ownRoutes } = adoption;
    const prefixed = (prefix: string, values: object) =>
        Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]);
    const keys = [...prefixed(options.project, config), ...prefixed(DRIVER_NAMESPACE, driver)];
    const text = (value: object) =>
        // Pulumi rewrites the config, and adds lines to folded blocks.
        stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
    return {
        [`Pulumi.${options.stack}.yaml`]: text({ config: Object.fromEntries(keys) }),
        "before.yaml": before.map(text).join("---\n"),
        ...(removed && { [`${removed.kind.toLowerCase()}.yaml`]: text(removed) }),
        "plan.md": planMarkdown(adoption),
        ...(ownRoutes.length > 0 && { "routes.ts": routesModule(adoption) }),
    };
}

export function findingsText({ findings }: Adoption): string {
    return KINDS.flatMap(([kind, title]) => {
        const found = findings.filter((one) => one.kind === kind);
        if (found.length === 0) return [];
        return [`${title}:`, ...found.map(({ resource, text }) => `  ${resource}: ${text}.`), ""];
    }).join("\n");
}

function planMarkdown(adoption: Adoption): string {
    const { config, steps } = adoption;
    const lines = [
        `# Adopt ${config.namespace}/${config.app}`,
        "",
        "Run the steps in order. To go back, run the `Back` commands of the steps that you have done,",
        "the last step first. Run them in this folder, or with the path of `before.yaml`.",
        "",
        "## Findings",
        "",
        ...KINDS.flatMap(([kind, title]) => {
            const found = adoption.findings.filter((one) => one.kind === kind);
            if (found.length === 0) return [];
            const list = found.map(({ resource, text }) => `- ${resource}: ${text}.`);
            return [`**${title}**`, "", ...list, ""];
        }),
        ...steps.flatMap(({ title, text, commands, back }, index) => [
            ...[`## ${index + 1}. ${title}`, "", text, ""],
            ...["```sh", ...commands, "```", "", "Back:", "", "```sh", ...back, "```", ""],
        ]),
    ];
    return lines.join("\n");
}

/** A transform that puts the live routes before the rollout's own, each with its weights. */
function routesModule({ ownRoutes, host, config }: Adoption): string {
    const names = [config.app, `${config.app}.${config.namespace}`, host];
    return `// Routes of the app as they were before its adoption. Those to the app itself get the rollout's weights.
import type { ResourceTransform } from "@pulumi/pulumi";

const HOSTS = ${JSON.stringify(names)};
const ROUTES: any[] = ${JSON.stringify(ownRoutes, null, 4)};

export const keepRoutes: ResourceTransform = ({ type, props, opts }) => {
    if (!type.endsWith(":VirtualService")) return undefined;
    const http: any[] = props.spec.http;
    const weighted = http[http.length - 1];
    const own = ROUTES.map((route) => ({
        timeout: weighted.timeout,
        retries: weighted.retries,
        ...route,
        ...(route.route?.some((one: any) => HOSTS.includes(one.destination.host)) && {
            route: weighted.route,
        }),
    }));
    const spec = { ...props.spec, http: [...http.slice(0, -1), ...own, weighted] };
    return { props: { ...props, spec }, opts };
};
`;
}

/** From the object of another rollout tool, and the app that it rolls out, to the config and the plan of a rollout. */
import type { Problem } from "../../../../rollout/config/problems";
import { problemLine, valueAt } from "../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../rollout/config/rolloutConfig";
import { SLOTS } from "../../../../rollout/config/slots";
import { at, isMapping } from "../../../../rollout/config/unknown";
import { resourceName } from "../../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../../rollout/rules/rule";
import { checkDriverConfig } from "../../config/driverConfig";
import { type Adoption, type AdoptOptions, adopt, withoutServerFields } from "../adopt";
import { finding } from "../finding";
import type { LiveObjects } from "../liveApp";
import { fieldText, type Plain, setAt, translate } from "../translate";
import { argoApp } from "./argoApp";
import { flaggerApp } from "./flaggerApp";

export function adoptPeer(peer: Manifest, live: LiveObjects, options: AdoptOptions): Adoption {
    const app = peer.kind === "Canary" ? flaggerApp(peer, live) : argoApp(peer, live);
    const adoption = adopt(app.live, options);
    const spec = peer.spec as Plain;
    const fields = translate(spec, app.fields);
    const lacksPods = at(live.deployment, "spec", "template", "spec") === undefined;
    const noPods = "there is no such Deployment here, so set the version's `image` and the rest";
    const findings = fields.map(({ path, kind, text }) =>
        finding(kind, peer, fieldText(path, valueAt(spec, path.split(".")), text)),
    );
    const versions = adoption.config.versions as Plain;
    const slot = SLOTS.find((one) => versions[one] !== undefined) ?? "v1";
    const added: Plain = {};
    const driver: Plain = {};
    for (const field of fields) {
        for (const [path, value] of Object.entries(field.config ?? {})) setAt(added, path, value);
        for (const [path, value] of Object.entries(field.driver ?? {})) setAt(driver, path, value);
    }
    const gates = fields.flatMap((field) => field.gates ?? []);
    if (gates.length > 0) driver.gates = gates;
    const version = Object.assign({}, ...fields.map((field) => field.version ?? {}));
    const base = {
        ...adoption.config,
        versions: { ...versions, [slot]: { ...(versions[slot] as Plain), ...version } },
    };
    const dropped = [
        ...dropInvalid(added, () => checkConfig({ ...base, ...added })),
        ...dropInvalid(driver, () => checkDriverConfig(driver)),
    ].map((problem) => finding("manual", peer, `not taken over: ${problemLine(problem)}`));
    const originals = new Map(
        [...Object.values(live).flat(), peer].flatMap((one) =>
            typeof one === "object" ? [[resourceName(one), one] as const] : [],
        ),
    );
    const { removed } = app;
    const before = [...adoption.before.map(resourceName), ...app.deleted.map(resourceName)];
    const changed = [...new Set([...(removed ? [] : [resourceName(peer)]), ...before])];
    return {
        ...adoption,
        findings: [
            ...(lacksPods ? [finding("manual", live.deployment, noPods)] : []),
            ...app.findings,
            ...dropped,
            ...findings,
            ...adoption.findings,
        ],
        config: { ...base, ...added } as RolloutInput,
        driver,
        ...(removed && { removed: withoutServerFields(removed) }),
        steps: [...app.first, ...adoption.steps, ...app.last],
        before: changed.flatMap((name) => {
            const original = originals.get(name);
            return original === undefined ? [] : [withoutServerFields(original)];
        }),
    };
}

type Check = { readonly ok: true } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Deletes what no key accepts. @returns why. */
function dropInvalid(config: Plain, check: () => Check): Problem[] {
    const dropped: Problem[] = [];
    for (;;) {
        const checked = check();
        const found = checked.ok ? [] : checked.problems.filter(({ path }) => drop(config, path));
        if (found.length === 0) return dropped;
        dropped.push(...found);
    }
}

/** Deletes the value at a path, or the list that contains it. @returns whether there was one. */
function drop(config: Plain, [key, ...rest]: readonly PropertyKey[]): boolean {
    const name = String(key);
    if (config[name] === undefined) return false;
    const inner = config[name];
    if (rest.length > 0 && isMapping(inner) && drop(inner, rest)) return true;
    delete config[name];
    return true;
}

// Flagger at three settings: its README's, its Istio tutorial's, and the fastest that let a healthy canary through here.
import type { Flagger } from "../flaggerProcess";
import type { Place, Release, Tool } from "../tool";
import {
    apply,
    available,
    deployment,
    namespaceManifest,
    podTemplate,
    trafficPolicy,
} from "../toolManifests";

export interface FlaggerSettings {
    readonly interval: string;
    readonly threshold: number;
    readonly maxWeight: number;
    readonly stepWeight: number;
    /** Windows of the two built-in checks. */
    readonly successWindow: string;
    readonly durationWindow: string;
}

/** README.md and docs/gitbook/tutorials/istio-progressive-delivery.md of v1.44.0. */
export const README: FlaggerSettings = {
    interval: "1m",
    threshold: 10,
    maxWeight: 50,
    stepWeight: 5,
    successWindow: "1m",
    durationWindow: "30s",
};
export const TUTORIAL: FlaggerSettings = { ...README, threshold: 5, stepWeight: 10 };
/** 10 s is the least that Flagger takes. */
export const FASTEST: FlaggerSettings = {
    ...TUTORIAL,
    interval: "10s",
    threshold: 3,
    successWindow: "10s",
    durationWindow: "10s",
};

/** Until the primary is there; then the settings' own. */
const QUICK_START = "10s";

/** Both pages have this. */
const PROGRESS_DEADLINE = 60;

export function flaggerTool(
    id: string,
    title: string,
    settings: FlaggerSettings,
    minutes: number,
    process: () => Promise<Flagger>,
    only?: readonly string[],
): Tool {
    const { interval, threshold, stepWeight, maxWeight } = settings;
    return {
        id,
        title,
        ...(only && { only }),
        settings: `${interval}, threshold ${threshold}, steps of ${stepWeight} to ${maxWeight} %`,
        minutes: () => minutes,
        load: 1,
        atOnce: 16,
        open: async (place) => open(place, settings, await process()),
    };
}

async function open(place: Place, settings: FlaggerSettings, flagger: Flagger): Promise<Release> {
    const { target, namespace, scenario, signal } = place;
    const image = target.images.app;
    await apply(
        place,
        namespaceManifest(namespace),
        deployment(place, "web", "v1", { app: "web" }, image),
        canary(place, { ...settings, interval: QUICK_START }),
    );
    await flagger.until(namespace, ({ phase }) => phase === "Initialized", signal);
    await available(place, "web-primary");
    const patch = async (kind: string, body: object) => {
        const which = [kind, "web", "-n", namespace, "--type=merge", "-p", JSON.stringify(body)];
        await target.kubectl(["patch", ...which], { signal });
    };
    const version = (name: "v1" | "v2") =>
        patch("deployment", { spec: { template: podTemplate(scenario, name, image) } });
    const ended = async (over: AbortSignal) => {
        await flagger.until(namespace, ({ phase }) => phase === "Progressing", over);
        return flagger.until(namespace, ({ phase }) => /^(Succeeded|Failed)$/.test(phase), over);
    };
    return {
        async run(over) {
            await version("v2");
            // Its clock starts anew with another interval.
            await patch("canary", { spec: { analysis: { interval: settings.interval } } });
            try {
                const { phase } = await ended(over);
                const outcome = phase === "Succeeded" ? "promoted" : "rolledBack";
                return { outcome, reason: flagger.lastWords(namespace) };
            } catch (error) {
                if (!over.aborted) throw error;
                return { outcome: "held", reason: flagger.lastWords(namespace) };
            }
        },
        async back(over) {
            await patch("canary", { spec: { skipAnalysis: true } });
            await version("v1");
            await ended(over);
        },
    };
}

function canary({ namespace, scenario }: Place, settings: FlaggerSettings): object {
    const { interval, threshold, maxWeight, stepWeight } = settings;
    const { http } = trafficPolicy.connectionPool;
    return {
        apiVersion: "flagger.app/v1beta1",
        kind: "Canary",
        metadata: { name: "web", namespace },
        spec: {
            targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            progressDeadlineSeconds: PROGRESS_DEADLINE,
            service: {
                port: 80,
                targetPort: 8080,
                portName: "http",
                timeout: scenario.timeout,
                // Its own definition of a Canary has no limits on TCP.
                trafficPolicy: { ...trafficPolicy, connectionPool: { http } },
            },
            analysis: {
                interval,
                threshold,
                maxWeight,
                stepWeight,
                metrics: [
                    {
                        name: "request-success-rate",
                        thresholdRange: { min: 99 },
                        interval: settings.successWindow,
                    },
                    {
                        name: "request-duration",
                        thresholdRange: { max: 500 },
                        interval: settings.durationWindow,
                    },
                ],
            },
        },
    };
}

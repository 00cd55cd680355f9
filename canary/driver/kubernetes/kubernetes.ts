/** The way to the cluster that the stack deploys to; the library is loaded when it is first asked for. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type {
    ApiException,
    ConfigurationOptions,
    CustomObjectsApi,
    KubeConfig,
    ObservableMiddleware,
} from "@kubernetes/client-node";
import { PROJECT } from "../../../rollout/config/names";

/** As the stack's config names it: `kubernetes:context`, `kubernetes:kubeconfig`. */
export interface ClusterAccess {
    /** Context of the kubeconfig; default its current one. */
    readonly context?: string;
    /** A file, or the content of one; default KUBECONFIG, ~/.kube/config, and in a pod its service account. */
    readonly kubeconfig?: string;
}

/** A kind of objects in a namespace, ours or Kubernetes' own. */
export interface Resource {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
}

export interface Patch {
    readonly by: "apply" | "merge";
    readonly fieldManager: string;
    /** With metadata.resourceVersion it is refused (409) when somebody else wrote in between. */
    readonly body: object;
}

type Library = typeof import("@kubernetes/client-node");
type Options = ConfigurationOptions<ObservableMiddleware>;
type Loaded = { readonly library: Library; readonly config: KubeConfig };

/** Longest time for one answer of the API server. */
const TIMEOUT_MS = 10_000;

const MEDIA_TYPES = {
    apply: "application/apply-patch+yaml",
    merge: "application/merge-patch+json",
};

/** Objects of the cluster as plain data; throws ApiError when the API server refused, Error when it gave no answer. */
export class Kubernetes {
    private loaded: Promise<Loaded> | undefined;

    /** Opens nothing yet. */
    constructor(private readonly access: ClusterAccess) {}

    /** @returns undefined where there is no such object, or no such kind. */
    async read(resource: Resource, namespace: string, name: string): Promise<unknown> {
        const named = { ...resource, namespace, name };
        try {
            return await this.call((api, options) => api.getNamespacedCustomObject(named, options));
        } catch (error) {
            if (isApiError(error, 404)) return undefined;
            throw error;
        }
    }

    /** `Running`, `Failed`, … of a pod; undefined where there is none of that name. */
    async podPhase(namespace: string, name: string): Promise<string | undefined> {
        try {
            const pod = await this.answer(({ library, config }, options) =>
                config
                    .makeApiClient(library.CoreV1Api)
                    .readNamespacedPod({ namespace, name }, options),
            );
            return pod.status?.phase;
        } catch (error) {
            if (isApiError(error, 404)) return undefined;
            throw error;
        }
    }

    create(resource: Resource, namespace: string, body: object): Promise<unknown> {
        const request = { ...resource, namespace, body, fieldManager: PROJECT };
        return this.call((api, options) => api.createNamespacedCustomObject(request, options));
    }

    patch(resource: Resource, namespace: string, name: string, patch: Patch): Promise<unknown> {
        const { by, body, fieldManager } = patch;
        const force = by === "apply" ? { force: true } : {};
        const request = { ...resource, namespace, name, body, fieldManager, ...force };
        return this.call(
            (api, options) => api.patchNamespacedCustomObject(request, options),
            MEDIA_TYPES[by],
        );
    }

    private call(
        call: (api: CustomObjectsApi, options: Options) => Promise<unknown>,
        mediaType?: string,
    ): Promise<unknown> {
        return this.answer(
            ({ library, config }, options) =>
                call(config.makeApiClient(library.CustomObjectsApi), options),
            mediaType,
        );
    }

    private async answer<Answer>(
        ask: (loaded: Loaded, options: Options) => Promise<Answer>,
        mediaType?: string,
    ): Promise<Answer> {
        this.loaded ??= load(this.access);
        const loaded = await this.loaded;
        try {
            return await ask(loaded, optionsOf(loaded.library, mediaType));
        } catch (error) {
            throw refusal(error) ?? noAnswer(error, loaded.config);
        }
    }
}

/** The API server refused. */
export class ApiError extends Error {
    override readonly name = "ApiError";

    constructor(
        /** Of HTTP. */
        readonly code: number,
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/** What of it others need, so that a test can keep objects in memory. */
export type Objects = Pick<Kubernetes, "read" | "create" | "patch">;

/** Whether the API server refused with this code. */
export function isApiError(error: unknown, code: number): boolean {
    return error instanceof ApiError && error.code === code;
}

function refusal(cause: unknown): ApiError | undefined {
    if (!(cause instanceof Error) || !("code" in cause) || !("body" in cause)) return undefined;
    const { code, body } = cause as ApiException<unknown>;
    if (typeof code !== "number") return undefined;
    const { message } = (typeof body === "string" ? statusIn(body) : body) as { message?: unknown };
    return new ApiError(code, `The API server answered ${code}: ${message ?? "nothing more"}`, {
        cause,
    });
}

function statusIn(text: string): { message?: unknown } {
    try {
        return JSON.parse(text) ?? {};
    } catch {
        return { message: text };
    }
}

function noAnswer(error: unknown, config: KubeConfig): Error {
    const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
    const reason = name === "AbortError" ? `none within ${TIMEOUT_MS / 1000} s` : message;
    const server = config.getCurrentCluster()?.server;
    return new Error(`The API server ${server} gave no answer: ${reason}`, { cause: error });
}

/** Half a second, for whoever has something to wait for meanwhile. */
export function loadLibrary(): Promise<Library> {
    return import("@kubernetes/client-node");
}

async function load(access: ClusterAccess): Promise<Loaded> {
    const library = await loadLibrary();
    const config = new library.KubeConfig();
    const { context, kubeconfig } = access;
    if (kubeconfig === undefined || kubeconfig === "") config.loadFromDefault();
    else if (/[\n{]/.test(kubeconfig)) config.loadFromString(kubeconfig);
    else config.loadFromFile(kubeconfig.replace(/^~(?=\/)/, homedir()));
    if (context !== undefined) {
        const names = config.getContexts().map(({ name }) => name);
        if (!names.includes(context)) {
            throw new Error(
                `kubernetes:context is ${context}; the kubeconfig has ${names.join(", ") || "no context"}.`,
            );
        }
        config.setCurrentContext(context);
    } else if (kubeconfig === undefined && nothingFound()) {
        throw new Error(
            "No cluster: KUBECONFIG is not set, there is no ~/.kube/config, and this is no pod. " +
                'With the sandbox: eval "$(npx istio-canary sandbox env)"',
        );
    }
    return { library, config };
}

/** The library would fall back to http://localhost:8080. */
function nothingFound(): boolean {
    return (
        !process.env.KUBECONFIG &&
        !existsSync(path.join(homedir(), ".kube", "config")) &&
        !existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token")
    );
}

/** The library has no timeout, and takes a patch's media type by its header only. */
function optionsOf({ Observable }: Library, mediaType: string | undefined): Options {
    return {
        middleware: [
            {
                pre(request) {
                    request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
                    if (mediaType !== undefined) {
                        request.setHeaderParam("Content-Type", mediaType);
                    }
                    return new Observable(Promise.resolve(request));
                },
                post: (response) => new Observable(Promise.resolve(response)),
            },
        ],
        middlewareMergeStrategy: "append",
    };
}

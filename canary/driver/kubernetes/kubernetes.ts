/** A client for the cluster that the stack deploys to. Loads its library on first use. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type {
    ApiException,
    ConfigurationOptions,
    CustomObjectsApi,
    KubeConfig,
    ObservableMiddleware,
    V1PodStatus,
} from "@kubernetes/client-node";
import { PROJECT } from "../../../rollout/config/names";

/** From the stack's config: `kubernetes:context`, `kubernetes:kubeconfig`. */
export interface ClusterAccess {
    /** Context of the kubeconfig. Default: its current context. */
    readonly context?: string;
    /** A file, or a file's content. Default: KUBECONFIG, ~/.kube/config, or in a pod its service account. */
    readonly kubeconfig?: string;
}

/** A namespaced kind of objects, custom or built in. */
export interface Resource {
    readonly group: string;
    readonly version: string;
    readonly plural: string;
}

export interface ListedPod {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly isRunning: boolean;
    readonly status?: V1PodStatus;
}

export interface Patch {
    readonly by: "apply" | "merge";
    readonly fieldManager: string;
    /** If it has metadata.resourceVersion, the API server refuses it (409) once the object has changed. */
    readonly body: object;
}

type Library = typeof import("@kubernetes/client-node");
type Options = ConfigurationOptions<ObservableMiddleware>;
type Loaded = { readonly library: Library; readonly config: KubeConfig };

/** Timeout of a request to the API server. */
const TIMEOUT_MS = 10_000;

const MEDIA_TYPES = {
    apply: "application/apply-patch+yaml",
    merge: "application/merge-patch+json",
};

/** The cluster's objects as plain data. Throws ApiError if the API server refuses, and Error if it does not answer. */
export class Kubernetes {
    private loaded: Promise<Loaded> | undefined;

    /** Does not connect yet. */
    constructor(private readonly access: ClusterAccess) {}

    /** @returns undefined if there is no such object, or no such kind. */
    async read(resource: Resource, namespace: string, name: string): Promise<unknown> {
        const named = { ...resource, namespace, name };
        try {
            return await this.call((api, options) => api.getNamespacedCustomObject(named, options));
        } catch (error) {
            if (isApiError(error, 404)) return undefined;
            throw error;
        }
    }

    /** Objects of one namespace, or of all. Empty if there is no such kind. */
    async list(resource: Resource, namespace?: string): Promise<unknown[]> {
        try {
            const { items } = (await this.call((api, options) =>
                namespace === undefined
                    ? api.listClusterCustomObject(resource, options)
                    : api.listNamespacedCustomObject({ ...resource, namespace }, options),
            )) as { items: unknown[] };
            return items;
        } catch (error) {
            if (isApiError(error, 404)) return [];
            throw error;
        }
    }

    /** Whether the API server has this kind of objects. */
    async hasKind({ group, version, plural }: Resource): Promise<boolean> {
        try {
            const { resources } = await this.answer(({ library, config }, options) =>
                config
                    .makeApiClient(library.CustomObjectsApi)
                    .getAPIResources({ group, version }, options),
            );
            return resources.some(({ name }) => name === plural);
        } catch (error) {
            if (isApiError(error, 404)) return false;
            throw error;
        }
    }

    /** Objects of the core group in a namespace. */
    async listCore(kind: "Service" | "ServiceAccount", namespace: string): Promise<unknown[]> {
        const { items } = await this.answer(({ library, config }) =>
            config.makeApiClient(library.KubernetesObjectApi).list("v1", kind, namespace),
        );
        // Plain data without the client's classes.
        return JSON.parse(JSON.stringify(items));
    }

    /** A pod's phase, such as `Running` or `Failed`; undefined if there is no such pod. */
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

    /** Pods that a label selector matches, in the order of their names. */
    async listPods(namespace: string, labelSelector: string): Promise<ListedPod[]> {
        const { items } = await this.answer(({ library, config }, options) =>
            config
                .makeApiClient(library.CoreV1Api)
                .listNamespacedPod({ namespace, labelSelector }, options),
        );
        return items
            .map(({ metadata = {}, status }) => ({
                name: metadata.name ?? "",
                labels: metadata.labels ?? {},
                isRunning: status?.phase === "Running" && metadata.deletionTimestamp === undefined,
                status,
            }))
            .sort((a, b) => (a.name < b.name ? -1 : 1));
    }

    /** The last lines that a pod's only container has written. */
    podLog(namespace: string, name: string, lines: number): Promise<string> {
        return this.answer(({ library, config }, options) =>
            config
                .makeApiClient(library.CoreV1Api)
                .readNamespacedPodLog({ namespace, name, tailLines: lines }, options),
        );
    }

    /** The cluster's address and credentials. */
    async kubeConfig(): Promise<KubeConfig> {
        this.loaded ??= load(this.access);
        return (await this.loaded).config;
    }

    create(resource: Resource, namespace: string, body: object): Promise<unknown> {
        const request = { ...resource, namespace, body, fieldManager: PROJECT };
        return this.call((api, options) => api.createNamespacedCustomObject(request, options));
    }

    /** Names of the objects that a label selector matches. */
    async listNames(
        resource: Resource,
        namespace: string,
        labelSelector: string,
    ): Promise<string[]> {
        const request = { ...resource, namespace, labelSelector };
        const found = (await this.call((api, options) =>
            api.listNamespacedCustomObject(request, options),
        )) as { readonly items: readonly { readonly metadata: { readonly name: string } }[] };
        return found.items.map(({ metadata }) => metadata.name);
    }

    /** Deletes an object and, in the background, what it owns. Does nothing if there is no such object. */
    async delete(resource: Resource, namespace: string, name: string): Promise<void> {
        const request = { ...resource, namespace, name, propagationPolicy: "Background" };
        try {
            await this.call((api, options) => api.deleteNamespacedCustomObject(request, options));
        } catch (error) {
            if (!isApiError(error, 404)) throw error;
        }
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
            return await ask(loaded, requestOptions(loaded.library, mediaType));
        } catch (error) {
            throw refusal(error) ?? noAnswer(error, loaded.config);
        }
    }
}

/** The API server refused. */
export class ApiError extends Error {
    override readonly name = "ApiError";

    constructor(
        /** HTTP status. */
        readonly code: number,
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/** The methods that other modules need, so that a test can keep objects in memory. */
export type Objects = Pick<Kubernetes, "read" | "create" | "patch">;

/** Whether the API server refused with this code. */
export function isApiError(error: unknown, code: number): boolean {
    return error instanceof ApiError && error.code === code;
}

function refusal(cause: unknown): ApiError | undefined {
    if (!(cause instanceof Error) || !("code" in cause) || !("body" in cause)) return undefined;
    const { code, body } = cause as ApiException<unknown>;
    if (typeof code !== "number") return undefined;
    const { message } = (typeof body === "string" ? statusBody(body) : body) as {
        message?: unknown;
    };
    return new ApiError(code, `The API server answered ${code}: ${message ?? "no message"}`, {
        cause,
    });
}

function statusBody(text: string): { message?: unknown } {
    try {
        return JSON.parse(text) ?? {};
    } catch {
        return { message: text };
    }
}

function noAnswer(error: unknown, config: KubeConfig): Error {
    const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
    const reason = name === "AbortError" ? `timeout after ${TIMEOUT_MS / 1000} s` : message;
    const server = config.getCurrentCluster()?.server;
    return new Error(`The API server ${server} did not answer: ${reason}`, { cause: error });
}

/** Takes half a second, so a caller may start it early. */
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
                `kubernetes:context: expected a context of the kubeconfig (${names.join(", ") || "it has none"}), got ${context}.`,
            );
        }
        config.setCurrentContext(context);
    } else if (kubeconfig === undefined && nothingFound()) {
        throw new Error(
            "No cluster: KUBECONFIG is not set, there is no ~/.kube/config, and this is not a pod. " +
                'With the sandbox, first run `eval "$(npx istio-canary sandbox env)"`.',
        );
    }
    return { library, config };
}

/** Without a kubeconfig, the library would fall back to http://localhost:8080. */
function nothingFound(): boolean {
    return (
        !process.env.KUBECONFIG &&
        !existsSync(path.join(homedir(), ".kube", "config")) &&
        !existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token")
    );
}

/** The library has no timeout of its own, and reads a patch's media type only from the header. */
function requestOptions({ Observable }: Library, mediaType: string | undefined): Options {
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

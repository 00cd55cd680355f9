// The sandbox's images and the programs and files in each.

const istioVersion = "1.28.3";
export const istioHub = "sandbox";
export const istioTag = istioVersion;
export const pauseImage = "sandbox/pause:1";
export const corednsImage = "sandbox/coredns:1.15.0";
export const fortioImage = "sandbox/fortio:1.68.1";
export const k6Image = "sandbox/k6:1.8.1";
/** Published images with the same programs. The sandbox has them too, so that what names them runs on both. */
export const publishedImages = { app: "fortio/fortio:1.68.1", k6: "grafana/k6:1.8.1" };

/** A file in an image. */
export type ImageFile =
    /** A file or directory on this machine. */
    | { readonly from: string }
    /** Literal content. */
    | { readonly content: string }
    /** An empty, world-writable directory. */
    | { readonly directory: true };

/** A single-layer image. */
export interface ImageRecipe {
    readonly name: string;
    /** A second name. */
    readonly alias?: string;
    /** Absolute path in the image → file. The shared libraries of `from` files are added. */
    readonly files: Readonly<Record<string, ImageFile>>;
    readonly entrypoint: readonly string[];
    readonly user?: string;
    readonly env?: Readonly<Record<string, string>>;
}

/** Where the toolchain's programs and Istio's files are. */
export interface ImageSources {
    readonly bin: (program: string) => string;
    readonly istioSource: string;
}

export function imageRecipes({ bin, istioSource }: ImageSources): ImageRecipe[] {
    const program = (name: string, as = name) => ({
        [`/usr/local/bin/${as}`]: { from: bin(name) },
    });
    const single = (name: string, image: string, alias?: string): ImageRecipe => ({
        name: image,
        ...(alias && { alias }),
        files: { ...program(name), "/tmp": { directory: true } },
        entrypoint: [`/usr/local/bin/${name}`],
    });
    return [
        { name: pauseImage, files: program("pause"), entrypoint: ["/usr/local/bin/pause"] },
        single("coredns", corednsImage),
        single("fortio", fortioImage, publishedImages.app),
        single("k6", k6Image, publishedImages.k6),
        {
            name: `${istioHub}/pilot:${istioTag}`,
            files: { ...program("pilot-discovery"), ...users, "/tmp": { directory: true } },
            entrypoint: ["/usr/local/bin/pilot-discovery"],
            user: "1337:1337",
        },
        {
            name: `${istioHub}/proxyv2:${istioTag}`,
            files: {
                ...program("pilot-agent"),
                ...program("envoy"),
                "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": {
                    from: `${istioSource}/tools/packaging/common/envoy_bootstrap.json`,
                },
                ...iptables,
                ...users,
                "/tmp": { directory: true },
            },
            entrypoint: ["/usr/local/bin/pilot-agent"],
            env: { ISTIO_META_ISTIO_VERSION: istioVersion },
        },
    ];
}

const users: Readonly<Record<string, ImageFile>> = {
    "/etc/passwd": {
        content: "root:x:0:0:root:/root:/none\nistio-proxy:x:1337:1337::/tmp:/none\n",
    },
    "/etc/group": { content: "root:x:0:\nistio-proxy:x:1337:\n" },
};

/** istio-init redirects traffic with iptables, which is one program with many names. */
const iptables: Readonly<Record<string, ImageFile>> = {
    ...Object.fromEntries(
        ["iptables", "ip6tables"].flatMap((name) =>
            ["", "-save", "-restore"].map((suffix) => [
                `/usr/sbin/${name}${suffix}`,
                { from: "/usr/sbin/xtables-nft-multi" },
            ]),
        ),
    ),
    // Extensions (owner, REDIRECT, conntrack, …), which iptables loads by name when a rule uses them.
    "/usr/lib/x86_64-linux-gnu/xtables": { from: "/usr/lib/x86_64-linux-gnu/xtables" },
};

// The package @pulumi/kubernetes-istio, as a program imports it and the engine sees it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative, sep } from "node:path";
import * as istio from "@pulumi/kubernetes-istio";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { CHECKOUT } from "../../../../dev/checkout";

const sdkMain = require.resolve("@pulumi/kubernetes-istio");

/** The package.json of an installed package. */
function manifestOf(name: string): { version: string; pulumi: object } {
    return JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8"));
}

type Kind = new (
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions,
) => pulumi.CustomResource;

/** The resource classes of a module, by name. */
function kindsOf(module: object): [string, Kind][] {
    return Object.entries(module).filter(([, value]) => typeof value === "function");
}

const modules = {
    "networking.istio.io/v1": istio.networking.v1,
    "security.istio.io/v1": istio.security.v1,
    "telemetry.istio.io/v1": istio.telemetry.v1,
};

const expectedKinds = {
    "networking.istio.io/v1": [
        "DestinationRule",
        "Gateway",
        "ServiceEntry",
        "Sidecar",
        "VirtualService",
        "WorkloadEntry",
        "WorkloadGroup",
    ],
    "security.istio.io/v1": ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"],
    "telemetry.istio.io/v1": ["Telemetry"],
};

/** A resource registration, as the engine receives it. */
interface Registration {
    type: string;
    version: string | undefined;
    inputs: Record<string, unknown>;
}

/** Creates a resource of the kind and returns its registration. */
async function register(kind: Kind, args: object): Promise<Registration> {
    let version: string | undefined;
    const registered = new Promise<pulumi.runtime.MockResourceArgs>((done, fail) => {
        pulumi.runtime
            .setMocks({
                newResource: (resource) => {
                    done(resource);
                    return { id: resource.name, state: resource.inputs };
                },
                call: () => ({}),
            })
            .catch(fail);
    });
    const recordVersion: pulumi.ResourceTransformation = ({ opts }) => {
        version = opts.version;
        return undefined;
    };
    new kind("echo", args, { transformations: [recordVersion] });
    const { type, inputs } = await registered;
    return { type, version, inputs };
}

describe("@pulumi/kubernetes-istio", () => {
    it("exports the kinds of Istio's stable APIs", () => {
        const kinds = Object.entries(modules).map(([api, module]) => [
            api,
            kindsOf(module).map(([name]) => name),
        ]);
        assert.deepEqual(Object.fromEntries(kinds), expectedKinds);
    });

    for (const [api, module] of Object.entries(modules)) {
        for (const [name, kind] of kindsOf(module)) {
            it(`registers ${api} ${name} with the Kubernetes provider in use`, async () => {
                const metadata = { name: "echo" };
                assert.deepEqual(await register(kind, { metadata, spec: { any: "thing" } }), {
                    type: `kubernetes:${api}:${name}`,
                    version: manifestOf("@pulumi/kubernetes").version,
                    inputs: { apiVersion: api, kind: name, metadata, spec: { any: "thing" } },
                });
            });
        }
    }

    it("names the same provider plugin and version as @pulumi/kubernetes", () => {
        assert.deepEqual(
            manifestOf("@pulumi/kubernetes-istio").pulumi,
            manifestOf("@pulumi/kubernetes").pulumi,
        );
    });

    it("shares the program's @pulumi/pulumi", () => {
        const fromSdk = createRequire(sdkMain).resolve("@pulumi/pulumi");
        assert.equal(fromSdk, require.resolve("@pulumi/pulumi"));
    });

    it("loads in plain Node.js only the kinds in use, without @pulumi/kubernetes", async () => {
        const script = `
            require("@pulumi/kubernetes-istio").networking.v1.VirtualService;
            console.log(JSON.stringify(Object.keys(require.cache)));`;
        const { stdout } = await execa(process.execPath, ["-e", script], { cwd: CHECKOUT });
        const loaded: string[] = JSON.parse(stdout);
        const ofSdk = loaded
            .map((path) => relative(dirname(sdkMain), path).split(sep).join("/"))
            .filter((path) => /^(networking|security|telemetry)\/v1\//.test(path));
        assert.deepEqual(ofSdk.sort(), [
            "networking/v1/index.js",
            "networking/v1/virtualService.js",
            "security/v1/index.js",
            "telemetry/v1/index.js",
        ]);
        const provider = dirname(require.resolve("@pulumi/kubernetes/package.json")) + sep;
        assert.deepEqual(
            loaded.filter((path) => path.startsWith(provider)),
            [],
        );
    });
});

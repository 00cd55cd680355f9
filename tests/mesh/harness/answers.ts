// Changes how running pods answer, without a new Deployment: Fortio's dynamic flags, through the API server.
import type { StackConfig } from "../../../dev/sandbox/demo/stack";
import type { LiveRollout } from "./liveRollout";

const CONFIG_PORT = 8078;
type Version = "v1" | "v2";

/** Lets {@link answerNow} change the answers of both versions. */
export function openAnswers({ versions }: StackConfig): void {
    for (const version of [versions.v1, versions.v2]) {
        const flag = `-config-port=${CONFIG_PORT}`;
        if (version.args?.includes(flag) === false) version.args.push(flag);
    }
}

/** Sets the default answers of all running pods of a version, with the parameters of Fortio's echo server. */
export async function answerNow(
    { target, namespace }: LiveRollout,
    version: Version,
    parameters: string,
): Promise<void> {
    const pods = ["get", "pods", "-n", namespace, "-l", `app=web,version=${version}`];
    const names = ["--field-selector=status.phase=Running", "-o", "name"];
    const { stdout } = await target.kubectl([...pods, ...names]);
    const value = [`header=X-Version:${version}`, parameters].filter((part) => part).join("&");
    const query = new URLSearchParams({ name: "echo-server-default-params", value });
    await Promise.all(
        stdout.split("\n").map((name) => {
            const pod = name.replace(/^pod\//, "");
            const path = `/api/v1/namespaces/${namespace}/pods/${pod}:${CONFIG_PORT}/proxy/set?${query}`;
            return target.kubectl(["get", "--raw", path]);
        }),
    );
}

/** The policy pack: serves every rule as a policy, nothing else. */
import path from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { analyzer } from "./analyzer";

/** Bytes of one message that the engine itself sends and takes at most. */
const LARGEST_MESSAGE = 400 * 1024 * 1024;

// Pulumi starts a pack in the pack's own directory.
const { version } = require(path.join(process.cwd(), "package.json"));
const server = new Server({ "grpc.max_receive_message_length": LARGEST_MESSAGE });
server.addService(AnalyzerService, { ...analyzer({ name: "istio-canary", version }) });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    // Where the engine, which reads it here, connects to.
    console.log(String(port));
});

// A worker thread of bench:shapes.
import { parentPort } from "node:worker_threads";
import { perform, type Task } from "./tasks";

parentPort?.on("message", (task: Task) => parentPort?.postMessage(perform(task)));

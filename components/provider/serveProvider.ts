/** Serves the provider plugin until the engine stops the process. */
import * as pulumi from "@pulumi/pulumi";
import { RolloutProvider } from "./rolloutProvider";

void pulumi.provider.main(new RolloutProvider(), process.argv.slice(2));

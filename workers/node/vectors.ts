// npm run vectors -- DIR... [--only NAME,...] [--skip-unknown]
// Runs every golden vector under the folders on the GPU. Exit code 1 on any failure.
import { Gpu } from "../../kernels/core/gpu.ts";
import { installDawn } from "./dawn.ts";
import { runVectors } from "./run-vectors.ts";

runVectors(process.argv.slice(2), () => Gpu.open(installDawn()), console.log).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);

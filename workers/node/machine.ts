import { availableParallelism, totalmem } from "node:os";
import type { Machine } from "../runtime/plan/problems.ts";

/** This machine, or the part of it that the process was given. */
export function machineHere(): Machine {
  const all = totalmem();
  const given = process.constrainedMemory();
  return {
    memoryBytes: given > 0 && given < all ? given : all,
    cores: availableParallelism(),
  };
}

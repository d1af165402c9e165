import { type Fault, FaultError } from "../../kernels/core/fault.ts";

/** The fault that a piece of work ends in; null where it ends well. Anything else that is thrown is thrown on. */
export async function faultFrom(work: Promise<unknown>): Promise<Fault | null> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  return null;
}

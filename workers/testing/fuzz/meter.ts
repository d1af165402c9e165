// Counts the bytes of the buffers that code asks for: V8's heap limit does not bind them.

const CONSTRUCTORS = [
  "ArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

export class BufferMeter {
  /** Bytes asked for since {@link reset}. */
  bytes = 0;

  /** Puts counting constructors in the place of the global ones, for the life of the process. */
  install(): void {
    const globals = globalThis as unknown as Record<string, new (...args: unknown[]) => object>;
    for (const name of CONSTRUCTORS) {
      const original = globals[name] as new (...args: unknown[]) => object;
      const width = (original as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
      globals[name] = new Proxy(original, {
        construct: (target, args, newTarget) => {
          if (typeof args[0] === "number") this.bytes += args[0] * width;
          else if (Array.isArray(args[0])) this.bytes += args[0].length * width;
          return Reflect.construct(target, args, newTarget) as object;
        },
      });
    }
  }

  reset(): void {
    this.bytes = 0;
  }
}

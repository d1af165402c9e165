// Names of a model's activations, as TransformerLens gives them, and what can be done at each: read
// it (capture), or put something in its place (intervene). Tracing with no hooks costs nothing.
import type { Value } from "../../kernels/core/op.ts";

/** What happens at hook points while a model is traced. */
export interface HookSet {
  /** Whether anybody listens here. The model then computes the activation even if a fused kernel would skip it. */
  wants(name: string): boolean;
  /** Passes an activation by; returns what the model goes on with. */
  at(name: string, value: Value): Value;
}

/** Nobody listens. */
export const NO_HOOKS: HookSet = { wants: () => false, at: (_, value) => value };

/** Keeps the activations of the named hooks, to be used as graph outputs. */
export class Captures implements HookSet {
  readonly values = new Map<string, Value>();
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  wants(name: string): boolean {
    return this.#names.has(name);
  }

  at(name: string, value: Value): Value {
    if (this.#names.has(name)) this.values.set(name, value);
    return value;
  }

  /** @throws Error when the traced model has no such hook. */
  get(name: string): Value {
    const value = this.values.get(name);
    if (!value) throw new Error(`the model has no hook "${name}"`);
    return value;
  }
}

// A traced computation: ops in order over values with static shapes. Nothing here touches a GPU.
import type { GraphBuilder, OpDefinition, Value } from "../../kernels/core/op.ts";
import {
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  type TensorSpec,
} from "../../kernels/core/shape.ts";

/** Where the numbers of a value live. */
export type ValueKind =
  /** Written by the host before a replay. */
  | "input"
  /** Owned by the caller and kept between replays: parameters, optimiser state, caches, tables. */
  | "persistent"
  /** Computed by a node; its memory is reused once nobody needs it. */
  | "computed";

export interface TracedValue extends Value {
  readonly kind: ValueKind;
  /** Shown on the GPU and in faults: "blocks.3.attn/softmax.y". */
  readonly name: string;
  /** The value this one is another shape of; itself when it is none. */
  readonly root: TracedValue;
}

export interface GraphNode {
  readonly op: OpDefinition<object>;
  readonly inputs: readonly (TracedValue | null)[];
  readonly outputs: readonly TracedValue[];
  readonly attrs: object;
  readonly label: string;
  /** Block this node belongs to, for recomputation; null outside blocks. */
  readonly block: number | null;
  /** Per output: the value whose buffer it adds to (`+=`), or null to overwrite. Set by the differentiator. */
  readonly accumulateInto: (TracedValue | null)[];
}

const bare = (name: string): string => name.replace(/\?$/, "");

/** Index of a named input of a node, or -1. */
export const inputIndex = (op: OpDefinition<object>, name: string): number =>
  op.inputs.findIndex((input) => bare(input) === name);

/** Names of an op's inputs as plans bind them. */
export const inputNames = (op: OpDefinition<object>): string[] => op.inputs.map(bare);

export class Graph implements GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly values: TracedValue[] = [];
  readonly #scope: string[] = [];
  #block: number | null = null;
  #blocks = 0;

  /** A tensor that the host writes before a replay. */
  input(name: string, spec: TensorSpec): TracedValue {
    return this.#value(name, spec, "input");
  }

  /** A tensor that lives outside the graph: its place is given when the graph is compiled. */
  persistent(name: string, spec: TensorSpec): TracedValue {
    return this.#value(name, spec, "persistent");
  }

  /** Names everything traced inside `body` "name/...". */
  scope<T>(name: string, body: () => T): T {
    this.#scope.push(name);
    try {
      return body();
    } finally {
      this.#scope.pop();
    }
  }

  /** Like {@link scope}, and a unit of recomputation: see differentiate(). Blocks do not nest. */
  block<T>(name: string, body: () => T): T {
    if (this.#block !== null) throw new Error(`block ${name}: blocks must not nest`);
    this.#block = this.#blocks++;
    try {
      return this.scope(name, body);
    } finally {
      this.#block = null;
    }
  }

  emit<A extends object>(
    op: OpDefinition<A>,
    inputs: readonly (Value | null)[],
    attrs: A,
    label: string = op.name,
  ): readonly TracedValue[] {
    const traced = inputs.map((value) => (value === null ? null : this.#own(op.name, value)));
    if (traced.length > op.inputs.length)
      throw new ShapeError(op.name, `takes ${op.inputs.length} inputs; got ${traced.length}`);
    while (traced.length < op.inputs.length) traced.push(null);
    traced.forEach((value, i) => {
      if (value === null && !op.inputs[i]?.endsWith("?"))
        throw new ShapeError(op.name, `input "${op.inputs[i]}" is required`);
    });
    const specs = op.infer(
      traced.map((v) => v?.spec ?? null),
      attrs,
    );
    const path = [...this.#scope, label].join("/");
    const outputs = specs.map((spec, i) =>
      this.#value(`${path}.${op.outputs[i] ?? i}`, spec, "computed"),
    );
    this.nodes.push({
      op: op as OpDefinition<object>,
      inputs: traced,
      outputs,
      attrs,
      label: path,
      block: this.#block,
      accumulateInto: outputs.map(() => null),
    });
    return outputs;
  }

  reshape(value: Value, shape: Shape): TracedValue {
    const source = this.#own("reshape", value);
    if (sizeOf(shape) !== sizeOf(source.spec.shape))
      throw new ShapeError(
        "reshape",
        `sizes must agree; ${showShape(source.spec.shape)} has ${sizeOf(source.spec.shape)} elements, ${showShape(shape)} has ${sizeOf(shape)}`,
      );
    const alias: TracedValue = {
      id: this.values.length,
      spec: { shape, dtype: source.spec.dtype },
      kind: source.kind,
      name: source.name,
      root: source.root,
    };
    this.values.push(alias);
    return alias;
  }

  #own(op: string, value: Value): TracedValue {
    const own = this.values[value.id];
    if (own !== value) throw new Error(`${op}: value ${value.id} belongs to another graph`);
    return own;
  }

  #value(name: string, spec: TensorSpec, kind: ValueKind): TracedValue {
    const value = { id: this.values.length, spec, kind, name } as {
      -readonly [K in keyof TracedValue]: TracedValue[K];
    };
    value.root = value;
    this.values.push(value);
    return value;
  }
}

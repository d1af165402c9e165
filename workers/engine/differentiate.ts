// Reverse mode over a traced graph. Each op's own rule writes its gradient as other ops; this file
// only routes values, adds contributions, and repeats blocks that are to be recomputed.
//
// The house rule lives here: parameter gradients accumulate (+=) into persistent buffers, activation
// gradients overwrite. Where the op that makes a second contribution can add in place, it does.
// A gradient has the type of what it is the gradient of; a collecting buffer has a type of its own.
import type { GradientContext, GradientRule, Value } from "../../kernels/core/op.ts";
import type { DType } from "../../kernels/core/shape.ts";
import { accumulate, cast } from "../../kernels/ops/elementwise/elementwise.ts";
import { type Graph, type GraphNode, inputNames, type TracedValue } from "./graph.ts";

export interface Seed {
  readonly value: Value;
  /** Gradient of the loss with respect to `value`, same shape. */
  readonly gradient: Value;
}

export interface DifferentiateOptions {
  /** Where gradients go: persistent values, shaped like their targets, that are added to. */
  readonly into?: ReadonlyMap<Value, Value>;
  /** Compute the inside of blocks again instead of keeping it. */
  readonly recompute?: boolean;
}

/**
 * Appends the gradient of `seeds` to the graph.
 *
 * @param targets values whose gradients are wanted.
 * @returns gradient per target, shaped like it; absent where nothing depends on the target. For
 *   targets in `into`, the persistent buffer after the addition.
 * @throws Error when a path from a seed to a target crosses an op without a gradient.
 */
export function differentiate(
  graph: Graph,
  seeds: readonly Seed[],
  targets: readonly Value[],
  options: DifferentiateOptions = {},
): ReadonlyMap<Value, TracedValue> {
  const forward = [...graph.nodes];
  const rootOf = (value: Value): TracedValue => (value as TracedValue).root;
  const into = new Map<TracedValue, TracedValue>();
  for (const [target, buffer] of options.into ?? [])
    into.set(rootOf(target), buffer as TracedValue);
  const wanted = new Set(targets.map(rootOf));

  // What a target can reach: only those nodes need a gradient.
  const active = new Set<TracedValue>(wanted);
  for (const node of forward)
    if (node.inputs.some((v) => v && active.has(v.root)))
      for (const output of node.outputs) active.add(output);

  const gradients = new Map<TracedValue, TracedValue>();
  for (const seed of seeds) contribute(rootOf(seed.value), seed.gradient as TracedValue, []);

  /** Values of a recomputed block, by the value of the first pass they repeat. */
  let repeated = new Map<TracedValue, TracedValue>();
  let currentBlock: number | null = null;

  for (let i = forward.length - 1; i >= 0; i--) {
    const node = forward[i] as GraphNode;
    if (!node.outputs.some((v) => gradients.has(v))) continue;
    if (!node.inputs.some((v) => v && active.has(v.root))) continue;
    if (options.recompute && node.block !== currentBlock) {
      currentBlock = node.block;
      repeated = node.block === null ? new Map() : repeatBlock(graph, forward, node.block);
    }
    const rule = node.op.gradient;
    if ("none" in rule)
      throw new Error(`${node.label}: ${node.op.name} has no gradient (${rule.none})`);
    graph.scope(`d(${node.label})`, () => {
      const before = graph.nodes.length;
      const found = rule.build(graph, contextOf(node, rule));
      const contributions: { target: TracedValue; gradient: TracedValue }[] = [];
      inputNames(node.op).forEach((name, k) => {
        const input = node.inputs[k];
        const gradient = found[name] as TracedValue | null | undefined;
        if (input && gradient && active.has(input.root))
          contributions.push({ target: input.root, gradient });
      });
      const emitted = graph.nodes.slice(before);
      for (const { target, gradient } of contributions) {
        const returnedOnce =
          contributions.filter((c) => c.gradient.root === gradient.root).length === 1;
        contribute(target, gradient, returnedOnce ? emitted : []);
      }
    });
    for (const output of node.outputs) if (!wanted.has(output)) gradients.delete(output);
  }

  const result = new Map<Value, TracedValue>();
  for (const target of targets) {
    const gradient = gradients.get(rootOf(target));
    if (gradient) result.set(target, graph.reshape(gradient, target.spec.shape));
  }
  return result;

  /** Type of the gradient of a root. */
  function dtypeOf(target: TracedValue): DType {
    return (into.get(target) ?? target).spec.dtype;
  }

  /** Adds `given` to what `target` (a root) has; `made` are the nodes that just made it. */
  function contribute(target: TracedValue, given: TracedValue, made: readonly GraphNode[]): void {
    let gradient = given;
    let fresh = made;
    const dtype = dtypeOf(target);
    if (gradient.spec.dtype !== dtype) {
      gradient = graph.emit(cast, [gradient, null], { dtype })[0] as TracedValue;
      fresh = graph.nodes.slice(-1);
    }
    const sum = gradients.get(target) ?? into.get(target);
    if (!sum) {
      gradients.set(target, gradient);
      return;
    }
    const source = gradient.root;
    const producer = fresh.find((node) => node.outputs.includes(source));
    const slot = producer?.outputs.indexOf(source) ?? -1;
    const canAdd =
      producer &&
      producer.accumulateInto[slot] === null &&
      producer.op.accumulable?.includes(producer.op.outputs[slot] as string) &&
      !fresh.some((node) => node.inputs.some((v) => v?.root === source)) &&
      ![...gradients.values()].some((v) => v.root === source);
    if (canAdd) {
      producer.accumulateInto[slot] = sum;
      gradients.set(target, gradient);
      return;
    }
    const shape = sum.spec.shape;
    const [added] = graph.emit(accumulate, [sum, graph.reshape(gradient, shape)], {});
    gradients.set(target, added as TracedValue);
  }

  function contextOf(node: GraphNode, rule: GradientRule<object>): GradientContext<object> {
    const names = inputNames(node.op);
    const raw = (name: string): TracedValue | null => {
      const i = names.indexOf(name);
      if (i >= 0) return node.inputs[i] ?? null;
      const o = node.op.outputs.indexOf(name);
      if (o < 0) throw new Error(`${node.op.name}: no tensor is called "${name}"`);
      return node.outputs[o] ?? null;
    };
    const saved = (name: string): TracedValue | null => {
      if (!rule.saves.includes(name))
        throw new Error(`${node.op.name}: the gradient reads "${name}", which saves does not list`);
      const value = raw(name);
      if (!value) return null;
      const again = repeated.get(value.root);
      return again ? graph.reshape(again, value.spec.shape) : value;
    };
    const must = (name: string, value: TracedValue | null): TracedValue => {
      if (!value) throw new Error(`${node.op.name}: "${name}" was left out`);
      return value;
    };
    return {
      attrs: node.attrs,
      input: (name) => must(name, saved(name)),
      inputOrNull: (name) => saved(name),
      output: (name) => must(name, saved(name)),
      spec: (name) => must(name, raw(name)).spec,
      dOutput: (name) => {
        const value = raw(name);
        const gradient = value && gradients.get(value.root);
        return value && gradient ? graph.reshape(gradient, value.spec.shape) : null;
      },
      needs: (name) => {
        const value = raw(name);
        return value !== null && active.has(value.root);
      },
      gradientDtype: (name) => dtypeOf(must(name, raw(name)).root),
    };
  }
}

/** Emits the block's forward nodes once more; what of it is not needed is removed when planning. */
function repeatBlock(
  graph: Graph,
  forward: readonly GraphNode[],
  block: number,
): Map<TracedValue, TracedValue> {
  const repeated = new Map<TracedValue, TracedValue>();
  for (const node of forward) {
    if (node.block !== block) continue;
    const inputs = node.inputs.map((value) => {
      if (!value) return null;
      const again = repeated.get(value.root);
      return again ? graph.reshape(again, value.spec.shape) : value;
    });
    const outputs = graph.emit(node.op, inputs, node.attrs, `again(${node.label})`);
    node.outputs.forEach((output, i) => {
      repeated.set(output, outputs[i] as TracedValue);
    });
  }
  return repeated;
}

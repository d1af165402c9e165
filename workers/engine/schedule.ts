// From a traced graph to memory and dispatches: drop what nobody needs, decide what happens in
// place, and give every tensor a buffer that others use before and after it. Pure: no GPU here.
import type { AdapterProfile, VariantRows } from "../../kernels/core/adapter.ts";
import { planOp } from "../../kernels/core/halves.ts";
import type { OpPlan } from "../../kernels/core/plan.ts";
import { bytesOf, type TensorSpec } from "../../kernels/core/shape.ts";
import { copy } from "../../kernels/ops/elementwise/elementwise.ts";
import { type Graph, type GraphNode, inputIndex, inputNames, type TracedValue } from "./graph.ts";

/** One stretch of memory that one or several values (in place) occupy. */
export interface Storage {
  readonly label: string;
  readonly bytes: number;
  /** Index of the first and last step that touches it; inputs and outputs reach to the ends. */
  first: number;
  last: number;
  /** Buffer of {@link Schedule.buffers}; -1 for persistent storage, which the caller places. */
  buffer: number;
  readonly persistent: TracedValue | null;
}

export interface ScheduledStep {
  readonly label: string;
  readonly plan: OpPlan;
  /** Where each name the plan binds lives. */
  readonly storages: ReadonlyMap<string, { storage: Storage; spec: TensorSpec }>;
  /** The values it makes, for diagnosis. */
  readonly outputs: readonly { value: TracedValue; storage: Storage }[];
}

export interface Schedule {
  readonly steps: readonly ScheduledStep[];
  /** Bytes of each shared buffer. */
  readonly buffers: readonly number[];
  /** Where inputs and outputs live; a value that was dropped has no entry. */
  readonly placeOf: ReadonlyMap<TracedValue, Storage>;
  /** Sum of `buffers`: what the graph costs beyond what is persistent. */
  readonly plannedBytes: number;
  /** The largest sum of tensors alive at one step: no plan can need less. */
  readonly livePeakBytes: number;
  /** Rows of the variant table that its plans asked, and what those name. */
  readonly variants: VariantRows;
}

/**
 * @param outputs values the caller will read after a replay; their memory is not reused.
 * @throws Error when the graph mutates an input, or an op plans an unknown name.
 */
export function scheduleGraph(
  graph: Graph,
  outputs: readonly TracedValue[],
  adapter: AdapterProfile,
): Schedule {
  const nodes = neededNodes(graph, outputs);
  const kept = new Set(outputs.map((v) => v.root));

  // Position of the last node that reads each root, to know when it may be overwritten.
  const lastRead = new Map<TracedValue, number>();
  nodes.forEach((node, i) => {
    for (const value of readsOf(node)) lastRead.set(value.root, i);
  });

  const storages: Storage[] = [];
  const placeOf = new Map<TracedValue, Storage>();
  const steps: ScheduledStep[] = [];

  const newStorage = (label: string, spec: TensorSpec, persistent: TracedValue | null): Storage => {
    const storage: Storage = {
      label,
      bytes: bytesOf(spec),
      first: steps.length,
      last: steps.length,
      buffer: -1,
      persistent,
    };
    storages.push(storage);
    return storage;
  };
  const storageOf = (value: TracedValue): Storage => {
    let storage = placeOf.get(value.root);
    if (!storage) {
      if (value.root.kind === "computed")
        throw new Error(`${value.name} is read before it is computed`);
      storage = newStorage(
        value.name,
        value.root.spec,
        value.root.kind === "persistent" ? value.root : null,
      );
      storage.first = 0; // the host may have written it before the first step
      placeOf.set(value.root, storage);
    }
    return storage;
  };
  const touch = (storage: Storage): Storage => {
    storage.last = steps.length;
    return storage;
  };

  nodes.forEach((node, position) => {
    // 1. Outputs that live in another value's buffer: an input (in place) or a running sum.
    const reused = new Map<number, Storage>();
    node.outputs.forEach((output, o) => {
      const source = inPlaceSource(node, o);
      if (!source) return;
      let storage = storageOf(source);
      const mayMutate =
        storage.persistent !== null ||
        (source.root.kind === "computed" &&
          (lastRead.get(source.root) ?? -1) <= position &&
          readsOf(node).filter((v) => v.root === source.root).length === 1 &&
          !kept.has(source.root));
      if (!mayMutate) {
        const fresh = newStorage(output.name, output.spec, null);
        // By words, whatever they hold.
        const words = Math.ceil(bytesOf(source.root.spec) / 4);
        const spec = { shape: [words], dtype: "f32" as const };
        steps.push({
          label: `${node.label}/copy`,
          plan: copy.plan({
            inputs: [spec],
            outputs: [spec],
            attrs: {},
            accumulate: [false],
            adapter,
          }),
          storages: new Map([
            ["x", { storage: touch(storage), spec }],
            ["y", { storage: touch(fresh), spec }],
          ]),
          outputs: [],
        });
        storage = fresh;
      }
      reused.set(o, storage);
    });

    // 2. The plan, and where its names live.
    const plan = planOp(node.op, {
      inputs: node.inputs.map((v) => v?.spec ?? null),
      outputs: node.outputs.map((v) => v.spec),
      attrs: node.attrs,
      accumulate: node.accumulateInto.map((v) => v !== null),
      adapter,
    });
    const names = new Map<string, { storage: Storage; spec: TensorSpec }>();
    inputNames(node.op).forEach((name, i) => {
      const value = node.inputs[i];
      if (value) names.set(name, { storage: touch(storageOf(value)), spec: value.spec });
    });
    const made = node.outputs.map((value, o) => {
      const storage = reused.get(o) ?? newStorage(value.name, value.spec, null);
      touch(storage);
      names.set(node.op.outputs[o] as string, { storage, spec: value.spec });
      placeOf.set(value, storage);
      return { value, storage };
    });
    for (const [name, spec] of Object.entries(plan.temps ?? {}))
      names.set(name, {
        storage: touch(newStorage(`${node.label}.${name}`, spec, null)),
        spec,
      });
    steps.push({ label: node.label, plan, storages: names, outputs: made });
  });

  for (const value of kept) storageOf(value).last = steps.length;
  // Inputs are written by the host at any time before the replay, so nobody may borrow their memory.
  for (const value of graph.values)
    if (value.kind === "input" && value.root === value) {
      const storage = placeOf.get(value);
      if (storage) storage.last = steps.length;
    }

  const shared = storages.filter((s) => s.persistent === null);
  const buffers = assignBuffers(shared);
  return {
    steps,
    buffers,
    placeOf,
    plannedBytes: buffers.reduce((a, b) => a + b, 0),
    livePeakBytes: livePeak(shared, steps.length),
    variants: Object.fromEntries(
      steps.flatMap(({ plan }) =>
        (plan.choices ?? []).map(({ row, variant }) => [row, variant] as const),
      ),
    ),
  };
}

/** Values a node reads: its inputs, and what it adds to. */
function readsOf(node: GraphNode): TracedValue[] {
  const reads = node.inputs.filter((v): v is TracedValue => v !== null);
  for (const value of node.accumulateInto) if (value) reads.push(value);
  return reads;
}

/** The value whose buffer output `o` takes over, or null. */
function inPlaceSource(node: GraphNode, o: number): TracedValue | null {
  const sum = node.accumulateInto[o];
  if (sum) return sum;
  const inputName = node.op.inPlace?.[node.op.outputs[o] as string];
  if (inputName === undefined) return null;
  return node.inputs[inputIndex(node.op, inputName)] ?? null;
}

/** Nodes that an output or a persistent buffer depends on, in traced order. */
function neededNodes(graph: Graph, outputs: readonly TracedValue[]): GraphNode[] {
  const needed = new Set<TracedValue>(outputs.map((v) => v.root));
  // A value written in place into persistent memory is an effect, through any number of links.
  const persistent = new Set<TracedValue>();
  const effects = new Set<GraphNode>();
  for (const node of graph.nodes)
    node.outputs.forEach((output, o) => {
      const source = inPlaceSource(node, o);
      if (!source) return;
      if (source.root.kind === "persistent" || persistent.has(source.root)) {
        persistent.add(output);
        effects.add(node);
      }
    });
  const kept: GraphNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i] as GraphNode;
    if (!effects.has(node) && !node.outputs.some((v) => needed.has(v))) continue;
    kept.push(node);
    for (const value of readsOf(node)) needed.add(value.root);
  }
  return kept.reverse();
}

const roundUp = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);

/**
 * Puts storages whose lifetimes do not touch into one buffer. Largest first, each into the smallest
 * buffer that is free for its whole life: close to the live peak, without a search.
 */
function assignBuffers(storages: readonly Storage[]): number[] {
  const sizes: number[] = [];
  const tenants: Storage[][] = [];
  const bySize = [...storages].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const storage of bySize) {
    let best = -1;
    tenants.forEach((others, b) => {
      const free = others.every((o) => o.last < storage.first || storage.last < o.first);
      if (free && (best < 0 || (sizes[b] as number) < (sizes[best] as number))) best = b;
    });
    if (best < 0) {
      best = sizes.length;
      sizes.push(roundUp(storage.bytes));
      tenants.push([]);
    }
    storage.buffer = best;
    (tenants[best] as Storage[]).push(storage);
  }
  return sizes;
}

function livePeak(storages: readonly Storage[], steps: number): number {
  let peak = 0;
  for (let i = 0; i <= steps; i++) {
    let live = 0;
    for (const s of storages) if (s.first <= i && i <= s.last) live += s.bytes;
    peak = Math.max(peak, live);
  }
  return peak;
}

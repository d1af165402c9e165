// The three ops of attention (forward, backward, probabilities) for any way of handing q, k and v in.
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { f32, type Shape, type TensorSpec } from "../../core/shape.ts";
import {
  adderOf,
  attentionBackwardRef,
  attentionProbsRef,
  attentionRef,
  readerOf,
  type ScoreRules,
} from "./attention.ref.ts";
import { backwardPlan, forwardPlan, type Names, probsPlan } from "./plan.ts";
import { checkLse, maskSpec, type Problem, refuseLse, specOfArray, zeros } from "./problem.ts";

/** One way of handing tensors in. */
export interface Packing<A extends ScoreRules> {
  /** Names of the ops. */
  readonly forward: string;
  readonly backward: string;
  readonly probs: string;
  /** The tensors that hold q, k and v, and those of them that scores need. */
  readonly tensors: readonly string[];
  readonly scored: readonly string[];
  /** Which of the tensors each lies in. */
  readonly q: number;
  readonly k: number;
  readonly v: number;
  /** @throws ShapeError when the tensors do not fit each other or the rules. */
  problem(
    op: string,
    tensors: readonly TensorSpec[],
    keyMask: TensorSpec | null | undefined,
    attrs: A,
  ): Problem;
  outputShape(problem: Problem): Shape;
}

/** Where an op's inputs lie: the first hold q, k and v; one is the mask. */
interface Inputs {
  readonly op: string;
  readonly first: number;
  readonly maskAt: number;
}

/** The ops over one packing. Which tensors they take and give: see attention.ts. */
export function attentionOps<A extends ScoreRules>(packing: Packing<A>) {
  const { tensors, scored } = packing;
  const count = tensors.length;
  const part = (name: "q" | "k" | "v"): string => tensors[packing[name]] as string;
  const isPacked = packing.k === packing.v;
  const namesOf = (keyMask: unknown): Names => ({
    q: part("q"),
    k: part("k"),
    v: part("v"),
    keyMask: keyMask ? "keyMask" : null,
  });
  const lseOf = ({ B, heads, T }: Problem): Shape => [B, heads, T];
  /** The problem of what an op was given. */
  const problemOf = (
    { op, first, maskAt }: Inputs,
    inputs: readonly (TensorSpec | null)[],
    attrs: A,
  ): Problem => packing.problem(op, inputs.slice(0, first) as TensorSpec[], inputs[maskAt], attrs);
  /** The same of arrays, with readers of what lies in them. */
  const readingOf = (
    { op, first, maskAt }: Inputs,
    inputs: readonly (NdArray | null)[],
    attrs: A,
  ) => {
    const arrays = inputs.slice(0, first) as NdArray[];
    const keyMask = inputs[maskAt] ?? null;
    const specs = arrays.map((array) => specOfArray(array));
    const p = packing.problem(op, specs, maskSpec(keyMask), attrs);
    const read = (name: "q" | "k" | "v") => readerOf(arrays[packing[name]] as NdArray, p[name]);
    return { p, keyMask, read, arrays };
  };
  const FORWARD: Inputs = { op: packing.forward, first: count, maskAt: count };
  const BACKWARD: Inputs = { op: packing.backward, first: count, maskAt: count + 3 };
  const PROBS: Inputs = { op: packing.probs, first: scored.length, maskAt: scored.length };

  const backward: OpDefinition<A> = {
    name: packing.backward,
    inputs: [...tensors, "o", "lse", "dO", "keyMask?"],
    outputs: tensors.map((name) => `d${name}`),
    infer(inputs, attrs) {
      const problem = problemOf(BACKWARD, inputs, attrs);
      checkLse(packing.backward, inputs[count + 1] as TensorSpec, problem);
      return inputs.slice(0, count) as TensorSpec[];
    },
    plan({ inputs, attrs, adapter }) {
      const problem = problemOf(BACKWARD, inputs, attrs);
      const into = {
        dq: `d${part("q")}`,
        dk: `d${part("k")}`,
        dv: isPacked ? null : `d${part("v")}`,
      };
      const names = namesOf(inputs[BACKWARD.maskAt]);
      return backwardPlan(packing.backward, problem, attrs, names, into, adapter);
    },
    gradient: { none: "second derivatives are not needed by any trainer here" },
    reference(inputs, attrs) {
      const { p, keyMask, read, arrays } = readingOf(BACKWARD, inputs, attrs);
      const gradients = arrays.map(({ shape }) => zeros(shape));
      const add = (name: "q" | "k" | "v") =>
        adderOf((gradients[packing[name]] as NdArray).data, p[name]);
      const dO = readerOf(inputs[count + 2] as NdArray, p.o);
      const into = { q: add("q"), k: add("k"), v: add("v") };
      attentionBackwardRef(p, attrs, read("q"), read("k"), read("v"), keyMask, dO, into);
      return gradients;
    },
  };

  const forward: OpDefinition<A> = {
    name: packing.forward,
    inputs: [...tensors, "keyMask?"],
    outputs: ["o", "lse"],
    infer(inputs, attrs) {
      const problem = problemOf(FORWARD, inputs, attrs);
      const { dtype } = inputs[packing.v] as TensorSpec;
      return [{ shape: packing.outputShape(problem), dtype }, f32(lseOf(problem))];
    },
    plan({ inputs, attrs, adapter }) {
      const problem = problemOf(FORWARD, inputs, attrs);
      return forwardPlan(packing.forward, problem, attrs, namesOf(inputs[FORWARD.maskAt]), adapter);
    },
    gradient: {
      saves: [...tensors, "keyMask", "o", "lse"],
      build(g, { attrs, input, inputOrNull, output, dOutput }) {
        refuseLse(packing.forward, dOutput("lse"));
        const dO = dOutput("o");
        if (!dO) return {};
        const saved = [output("o"), output("lse"), dO, inputOrNull("keyMask")];
        const gradients = g.emit(backward, [...tensors.map(input), ...saved], attrs);
        return Object.fromEntries(tensors.map((name, i) => [name, gradients[i] ?? null]));
      },
    },
    reference(inputs, attrs) {
      const { p, keyMask, read } = readingOf(FORWARD, inputs, attrs);
      const o = zeros(packing.outputShape(p));
      const into = adderOf(o.data, p.o);
      return [o, attentionRef(p, attrs, read("q"), read("k"), read("v"), keyMask, into)];
    },
  };

  const probs: OpDefinition<A> = {
    name: packing.probs,
    inputs: [...scored, "keyMask?"],
    outputs: ["probs"],
    infer(inputs, attrs) {
      const { B, heads, T, S } = problemOf(PROBS, inputs, attrs);
      return [f32([B, heads, T, S])];
    },
    plan({ inputs, attrs }) {
      const problem = problemOf(PROBS, inputs, attrs);
      return probsPlan(packing.probs, problem, attrs, namesOf(inputs[PROBS.maskAt]));
    },
    gradient: { none: "probabilities are made for drawing only" },
    reference(inputs, attrs) {
      const { p, keyMask, read } = readingOf(PROBS, inputs, attrs);
      return [attentionProbsRef(p, attrs, read("q"), read("k"), keyMask)];
    },
  };

  return { forward, backward, probs };
}

import type { AdapterClass, AdapterProfile } from "../../core/adapter.ts";
import type { NdArray, OpDefinition } from "../../core/op.ts";
import { type Cost, type Dispatch, gridFor, type OpPlan, renamed } from "../../core/plan.ts";
import { f32, ShapeError, showShape, sizeOf, type TensorSpec, u32 } from "../../core/shape.ts";
import { rowWindows, windowAlignment } from "../../core/windows.ts";
import { matmul } from "../matmul/matmul.ts";
import clearCode from "./clear.wgsl?raw";
import { embeddingBackwardRef, embeddingRef } from "./embedding.ref.ts";
import forwardCode from "./embedding.wgsl?raw";
import backwardCode from "./embedding_backward.wgsl?raw";
import oneHotCode from "./one_hot.wgsl?raw";
import countCode from "./sort_count.wgsl?raw";
import scanCode from "./sort_scan.wgsl?raw";
import scatterCode from "./sort_scatter.wgsl?raw";

/** Keys per workgroup of the sort, and sorted tokens per invocation of the sum: constants of the kernels. */
const SORT_BLOCK = 1024;
const CHUNK = 32;
const DIGIT_BITS = 8;

/** Elements of a one-hot matrix that is worth making: 2 MB. */
const MOST_ONE_HOT = 2 ** 19;
/** Operations of a product with one that is worth the kernels it saves; none where they compile quickly. */
const MOST_PRODUCT: Readonly<Record<AdapterClass, number>> = {
  lavapipe: 2 ** 28,
  swiftshader: 2 ** 25,
  gpu: 0,
};

/**
 * Cost of adding up runs of equal ids, or of joining the runs that span chunks. At most: each run is one
 * token long, or every chunk ends within one.
 */
function sumCost(tokens: number, chunks: number, C: number, rows: number, joins: boolean): Cost {
  const runs = Math.min(rows, joins ? chunks : tokens);
  const read = joins ? 2 * chunks * C : 2 * tokens + tokens * C;
  return { flops: (joins ? chunks : tokens) * C, bytes: 4 * (read + 2 * runs * C) };
}

function requireIds(op: string, ids: TensorSpec): void {
  if (ids.dtype !== "u32") throw new ShapeError(op, `ids must be u32; they are ${ids.dtype}`);
}

/**
 * Rows of a table: token embeddings, learned positions.
 *
 * Inputs `weight` `[V, C]` f32 and `ids` `[...]` u32. Output `y` `[..., C]` f32; rows of zeros where an
 * id is V or larger. The table may exceed what one binding spans.
 *
 * @throws ShapeError unless `weight` is a non-empty matrix and `ids` are u32.
 * @see embedding.wgsl for numerics; embedding.ref.ts for the CPU reference.
 */
export const embedding: OpDefinition = {
  name: "embedding",
  inputs: ["weight", "ids"],
  outputs: ["y"],
  infer([weight, ids]) {
    const { shape } = weight as TensorSpec;
    if (shape.length !== 2 || sizeOf(shape) === 0)
      throw new ShapeError(
        "embedding",
        `weight needs shape [vocabulary, channels]; it is ${showShape(shape)}`,
      );
    requireIds("embedding", ids as TensorSpec);
    return [f32([...(ids as TensorSpec).shape, shape[1] as number])];
  },
  plan({ inputs: [weight, ids], adapter }) {
    const [vocab, C] = (weight as TensorSpec).shape as [number, number];
    const rowsOf = rowWindows("embedding", vocab, C, adapter);
    const total = sizeOf((ids as TensorSpec).shape);
    const tokensOf = rowWindows("embedding", total, C, adapter, windowAlignment(adapter));
    return {
      dispatches: tokensOf.flatMap((tokens) =>
        rowsOf.map(
          (rows): Dispatch => ({
            label: "embedding",
            code: forwardCode,
            bindings: [
              { name: "weight", offset: rows.offset, length: rows.length },
              { name: "ids", offset: tokens.first, length: tokens.count },
              { name: "y", offset: tokens.offset, length: tokens.length },
            ],
            params: {
              tokens: tokens.count,
              C,
              firstRow: rows.first,
              rowCount: rows.count,
              vocab,
            },
            workgroups: gridFor(Math.ceil(tokens.length / 256)),
            // A row of the table for each token. Where the table lies in windows, each answers a part.
            cost: { flops: 0, bytes: 4 * (tokens.count + (2 * tokens.length) / rowsOf.length) },
          }),
        ),
      ),
    };
  },
  gradient: {
    saves: ["ids"],
    build: (g, { input, dOutput, spec }) => {
      const dy = dOutput("y");
      const vocab = spec("weight").shape[0] as number;
      return {
        weight: dy && (g.emit(embeddingBackward, [input("ids"), dy], { vocab })[0] ?? null),
      };
    },
  },
  reference: ([weight, ids]) => [embeddingRef(weight as NdArray, ids as NdArray)],
};

/**
 * dweight = one-hot(ids)^T dy: two kernels, of which one is there already, in place of a sort's five. Where
 * kernels are slow to compile and a product is fast, it is the shorter way for a small table.
 */
function planOneHot(
  ids: TensorSpec,
  dy: TensorSpec,
  vocab: number,
  accumulate: boolean,
  adapter: AdapterProfile,
): OpPlan {
  const tokens = sizeOf(ids.shape);
  const size = tokens * vocab;
  const inputs = [f32([tokens, vocab]), f32([tokens, dy.shape.at(-1) as number]), null, null];
  const attrs = { transA: true };
  const outputs = matmul.infer(inputs, attrs);
  const product = renamed(
    matmul.plan({ inputs, outputs, attrs, accumulate: [accumulate], adapter }),
    { a: "hot", b: "dy", y: "dweight" },
  );
  return {
    ...product,
    dispatches: [
      {
        label: "embeddingBackward/oneHot",
        code: oneHotCode,
        bindings: ["ids", "hot"],
        params: { size, V: vocab },
        workgroups: gridFor(Math.ceil(size / 256)),
        cost: { flops: 0 },
      },
      ...product.dispatches,
    ],
    temps: { ...product.temps, hot: f32([tokens, vocab]) },
  };
}

export interface EmbeddingBackwardAttrs {
  /** Rows of the table. */
  readonly vocab: number;
}

/**
 * Gradient of {@link embedding}: from `ids` `[...]` u32 and `dy` `[..., C]` f32, writes `dweight`
 * `[vocab, C]` f32 (accumulable): row v receives the sum of dy over its tokens, in token order.
 *
 * Tokens are sorted by id on the GPU (stable radix sort), then runs of equal ids are added up in two
 * steps; the work grows with tokens, not with tokens times vocabulary, and no float is added atomically.
 *
 * @throws ShapeError unless `dy` is `ids` with one axis more, and `ids` are u32.
 */
export const embeddingBackward: OpDefinition<EmbeddingBackwardAttrs> = {
  name: "embeddingBackward",
  inputs: ["ids", "dy"],
  outputs: ["dweight"],
  infer([ids, dy], { vocab }) {
    requireIds("embeddingBackward", ids as TensorSpec);
    const { shape } = dy as TensorSpec;
    const C = shape.at(-1);
    if (!C || sizeOf(shape) !== sizeOf((ids as TensorSpec).shape) * C)
      throw new ShapeError(
        "embeddingBackward",
        `dy must hold a row for each id; ids are ${showShape((ids as TensorSpec).shape)}, dy is ${showShape(shape)}`,
      );
    return [f32([vocab, C])];
  },
  plan({ inputs: [ids, dy], attrs: { vocab }, accumulate, adapter }) {
    const C = (dy as TensorSpec).shape.at(-1) as number;
    const rowsOf = rowWindows("embeddingBackward", vocab, C, adapter);
    const dispatches: Dispatch[] = [];
    if (!accumulate[0])
      for (const rows of rowsOf)
        dispatches.push({
          label: "embeddingBackward/clear",
          code: clearCode,
          bindings: [{ name: "dweight", offset: rows.offset, length: rows.length }],
          params: { size: rows.length },
          workgroups: gridFor(Math.ceil(rows.length / 256)),
          cost: { flops: 0 },
        });
    const total = sizeOf((ids as TensorSpec).shape);
    if (total === 0) return { dispatches };
    const elements = total * vocab;
    if (elements <= MOST_ONE_HOT && 2 * elements * C <= MOST_PRODUCT[adapter.adapterClass])
      return planOneHot(
        ids as TensorSpec,
        dy as TensorSpec,
        vocab,
        accumulate[0] ?? false,
        adapter,
      );
    // One window unless dy exceeds a binding; then each is sorted and added after the one before.
    const multiple = windowAlignment(adapter);
    const tokensOf = rowWindows("embeddingBackward", total, C, adapter, multiple);
    const most = (tokensOf[0] as { count: number }).count;
    const passes = Math.max(1, Math.ceil(Math.log2(vocab) / DIGIT_BITS));
    for (const tokens of tokensOf) {
      const size = tokens.count;
      const blocks = Math.ceil(size / SORT_BLOCK);
      const window = { name: "ids", offset: tokens.first, length: size };
      for (let pass = 0; pass < passes; pass++) {
        const keys = pass === 0 ? window : `keys${(pass + 1) % 2}`;
        const values = pass === 0 ? window : `order${(pass + 1) % 2}`;
        const sort = { size, blocks, shift: pass * DIGIT_BITS, largest: vocab - 1 };
        dispatches.push(
          {
            label: "embeddingBackward/sortCount",
            code: countCode,
            bindings: [keys, "counts"],
            params: sort,
            workgroups: gridFor(blocks),
            cost: { flops: 0 },
          },
          {
            label: "embeddingBackward/sortScan",
            code: scanCode,
            bindings: ["counts", "starts"],
            params: { blocks },
            workgroups: [1, 1, 1],
            cost: { flops: 0 },
          },
          {
            label: "embeddingBackward/sortScatter",
            code: scatterCode,
            bindings: [keys, values, "starts", `keys${pass % 2}`, `order${pass % 2}`],
            params: { ...sort, firstPass: pass === 0 ? 1 : 0 },
            workgroups: gridFor(blocks),
            cost: { flops: 0 },
          },
        );
      }
      const sorted = (passes - 1) % 2;
      const chunks = Math.ceil(size / CHUNK);
      for (const rows of rowsOf)
        for (const spanning of chunks > 1 ? [0, 1] : [0])
          dispatches.push({
            label: spanning ? "embeddingBackward/join" : "embeddingBackward/sum",
            code: backwardCode,
            constants: { SPANNING: spanning },
            bindings: [
              `keys${sorted}`,
              `order${sorted}`,
              { name: "dy", offset: tokens.offset, length: tokens.length },
              { name: "dweight", offset: rows.offset, length: rows.length },
              "open",
            ],
            params: { tokens: size, chunks, C, firstRow: rows.first, rowCount: rows.count },
            workgroups: gridFor(Math.ceil((chunks * C) / 256)),
            cost: sumCost(size, chunks, C, rows.count, spanning === 1),
          });
    }
    const digits = 2 ** DIGIT_BITS;
    const table = u32([digits, Math.ceil(most / SORT_BLOCK)]);
    return {
      dispatches,
      temps: {
        counts: table,
        starts: table,
        keys0: u32([most]),
        order0: u32([most]),
        ...(passes > 1 ? { keys1: u32([most]), order1: u32([most]) } : {}),
        open: f32([Math.ceil(most / CHUNK), 2, C]),
      },
    };
  },
  gradient: { none: "second derivatives are not needed by any trainer here" },
  reference: ([ids, dy], { vocab }) => [embeddingBackwardRef(ids as NdArray, dy as NdArray, vocab)],
  accumulable: ["dweight"],
};

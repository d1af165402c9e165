// Tensors of f16 for kernels that are written for f32. Storage alone changes: a load widens, a store
// narrows, and everything between them stays f32. The text is derived instead of written a second time,
// so every kernel has this form, and where no tensor is f16 its text is the one in the file.
import { FaultError } from "./fault.ts";
import type { OpDefinition, PlanRequest } from "./op.ts";
import type { Dispatch, OpPlan } from "./plan.ts";
import type { TensorSpec } from "./shape.ts";

/** What an element type becomes in storage. */
const NARROW: Readonly<Record<string, string>> = { f32: "f16", vec2f: "vec2h", vec4f: "vec4h" };

/**
 * The dispatches of an op for these tensors. Kernels come as the op plans them; where a tensor they bind
 * is f16, they read and write it as such.
 *
 * @throws what the op's plan throws; FaultError `missing-feature` for f16 tensors on a device without.
 */
export function planOp<A extends object>(op: OpDefinition<A>, request: PlanRequest<A>): OpPlan {
  const { inputs, outputs, adapter } = request;
  const isHalf = (spec: TensorSpec | null): boolean => spec?.dtype === "f16";
  if (![...inputs, ...outputs].some(isHalf)) return op.plan(request);
  if (!adapter.f16)
    throw new FaultError(
      "missing-feature",
      `${op.name} was given f16 tensors, which need the GPU feature "shader-f16"; this device does not have it.`,
      "Choose precision 32-true.",
    );
  // Plans place windows by four-byte elements: of two-byte ones it takes twice as many.
  const { limits } = adapter;
  const minStorageBufferOffsetAlignment = 2 * limits.minStorageBufferOffsetAlignment;
  const plan = op.plan({
    ...request,
    adapter: { ...adapter, limits: { ...limits, minStorageBufferOffsetAlignment } },
  });
  const halves = new Set<string>();
  const note = (name: string, spec: TensorSpec | null | undefined): void => {
    if (spec?.dtype === "f16") halves.add(name);
  };
  op.inputs.forEach((name, i) => {
    note(name.replace(/\?$/, ""), inputs[i]);
  });
  op.outputs.forEach((name, i) => {
    note(name, outputs[i]);
  });
  for (const [name, spec] of Object.entries(plan.temps ?? {})) note(name, spec);
  return {
    ...plan,
    dispatches: plan.dispatches.map((dispatch): Dispatch => {
      const numbers = dispatch.bindings.flatMap((binding, i) =>
        halves.has(typeof binding === "string" ? binding : binding.name) ? [i] : [],
      );
      return numbers.length > 0
        ? { ...dispatch, code: withHalves(dispatch.code, numbers) }
        : dispatch;
    }),
  };
}

/**
 * A kernel whose storage bindings of these numbers hold f16 instead of f32.
 *
 * @throws Error when a binding is not declared on a line of its own as an array of f32, vec2f or vec4f.
 */
export function withHalves(code: string, bindings: readonly number[]): string {
  let text = code.replaceAll(/\/\/.*$/gm, "");
  for (const binding of bindings) {
    const declaration = new RegExp(
      `(@group\\(0\\) @binding\\(${binding}\\) var<storage, \\w+> (\\w+): array<)(\\w+)(>;)`,
    );
    const [, head, name = "", element = "", tail] = declaration.exec(text) ?? [];
    const [, alias = element] = new RegExp(`alias ${element} = (\\w+);`).exec(text) ?? [];
    const narrow = NARROW[alias];
    if (narrow === undefined)
      throw new Error(
        `withHalves: binding ${binding} must be an array of f32, vec2f or vec4f; it is ${name ? `${name}: array<${element}>` : "not declared"}`,
      );
    text = text.replace(declaration, `${head}${narrow}${tail}`);
    text = convertAccesses(text, name, alias, narrow);
  }
  return `enable f16;\n${text}`;
}

/**
 * Every `name[...]` of the text with a conversion around it: on its value, or on what is stored. Where one
 * component of a vector is indexed, it alone is converted, so that it alone is loaded.
 */
function convertAccesses(text: string, name: string, wide: string, narrow: string): string {
  const inner = (part: string): string => convertAccesses(part, name, wide, narrow);
  const access = new RegExp(`(?<![\\w.])${name}\\[`, "g");
  let result = "";
  let from = 0;
  for (let met = access.exec(text); met; met = access.exec(text)) {
    const open = met.index + name.length;
    let close = closing(text, open);
    let element = `${name}[${inner(text.slice(open + 1, close))}]`;
    let [outside, inside] = [wide, narrow];
    if (text[close + 1] === "[") {
      const component = close + 1;
      close = closing(text, component);
      element += `[${inner(text.slice(component + 1, close))}]`;
      [outside, inside] = ["f32", "f16"];
    }
    result += text.slice(from, met.index);
    from = close + 1;
    const [assignment, operator] = /^\s*([-+*/]?)=(?!=)/.exec(text.slice(from)) ?? [];
    if (assignment === undefined) result += `${outside}(${element})`;
    else {
      const end = text.indexOf(";", from);
      const value = inner(text.slice(from + assignment.length, end).trim());
      const stored = operator ? `${outside}(${element}) ${operator} (${value})` : value;
      result += `${element} = ${inside}(${stored})`;
      from = end;
    }
    access.lastIndex = from;
  }
  return result + text.slice(from);
}

/** Where the bracket that opens at `open` closes. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "[") depth++;
    if (text[i] === "]" && --depth === 0) return i;
  }
  throw new Error("withHalves: a bracket is never closed");
}

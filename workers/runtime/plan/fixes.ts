// What to change so that a run fits: each candidate is one field (or two that keep the step's tokens), made
// smaller until a layout says that it fits.
import { type LanguageConfig, parseLanguageConfig } from "../../../configs/schema/language.ts";
import { MODEL_PRESETS } from "../../../configs/schema/model.ts";
import type { PlanFix } from "../../api/plan.ts";
import type { ModelConfig } from "../../nn/config.ts";
import { modelFromSection } from "../../nn/from-config.ts";
import { type Layout, layOutRun, leastMemory, type PlanDevice } from "./layout.ts";

export interface FixSearch {
  readonly config: LanguageConfig;
  readonly model: ModelConfig;
  readonly device: PlanDevice;
  /** Bytes that a run may take; null where only the device's limits stand in the way. */
  readonly budget: number | null;
  /** The model was loaded: its size is what it is. */
  readonly isLoaded: boolean;
}

type Values = PlanFix["settings"];
/** Settings to try in turn, the least change first. */
type Ladder = (search: FixSearch) => Values[];

const MOST_ACCUMULATION = 1_024;
const LEAST_CONTEXT = 8;

/** `from`/2, `from`/4... down to `least`. */
function halvings(from: number, least: number): number[] {
  const list: number[] = [];
  for (let value = Math.floor(from / 2); value >= least; value = Math.floor(value / 2))
    list.push(value);
  return list;
}

/** Fewer windows at a time; as many in a step where that is a whole number of micro-batches. */
const smallerBatch: Ladder = ({ config: { train } }) =>
  halvings(train.batch_size, 1).map((batch_size): Values => {
    const micros = (train.batch_size * train.gradient_accumulation_steps) / batch_size;
    return Number.isInteger(micros) && micros <= MOST_ACCUMULATION
      ? { "train.batch_size": batch_size, "train.gradient_accumulation_steps": micros }
      : { "train.batch_size": batch_size };
  });

const recompute: Ladder = ({ config: { train } }) =>
  train.recompute ? [] : [{ "train.recompute": true }];

const halfPrecision: Ladder = ({ config: { train }, device }) =>
  train.precision === "32-true" && device.profile.f16 ? [{ "train.precision": "16-mixed" }] : [];

const shorterContext: Ladder = ({ config: { model } }) =>
  halvings(model.n_ctx, LEAST_CONTEXT).map((n_ctx) => ({ "model.n_ctx": n_ctx }));

/** The largest named size that fits. */
const smallerModel: Ladder = ({ config, isLoaded }) =>
  isLoaded
    ? []
    : Object.entries(MODEL_PRESETS)
        .filter(([, { model }]) => (model.d_model ?? 0) < config.model.d_model)
        .reverse()
        .map(([preset]) => ({ "model.preset": preset }));

const LADDERS: readonly Ladder[] = [
  smallerBatch,
  recompute,
  halfPrecision,
  shorterContext,
  smallerModel,
];

/** Where no field alone is enough: one window at a time, with a shorter context or a smaller model. */
const TOGETHER: readonly Ladder[] = [shorterContext, smallerModel].map(
  (ladder): Ladder =>
    (search) =>
      ladder(search).map((settings) => ({ "train.batch_size": 1, ...settings })),
);

/** Layouts that may be made for one field: each takes some ten milliseconds. */
const MOST_LAYOUTS = 4;

/** One change for each field that can make the run fit, with the bytes it would need then. */
export async function findFixes(search: FixSearch): Promise<readonly PlanFix[]> {
  const alone = await fixesOf(search, LADDERS);
  return alone.length > 0 ? alone : fixesOf(search, TOGETHER);
}

async function fixesOf(search: FixSearch, ladders: readonly Ladder[]): Promise<PlanFix[]> {
  const fixes: PlanFix[] = [];
  for (const ladder of ladders) {
    const fix = await climb(search, ladder(search));
    if (fix) fixes.push(fix);
  }
  return fixes;
}

/** The first settings that fit. What one layout needs over its least, the next ones are taken to need, too. */
async function climb(search: FixSearch, settings: readonly Values[]): Promise<PlanFix | null> {
  const budget = search.budget ?? Number.POSITIVE_INFINITY;
  let overLeast = 1;
  let layouts = 0;
  for (const values of settings) {
    const changed = withSettings(search, values);
    if (!changed) continue;
    const least = leastMemory(changed.config, changed.model).total;
    if (least * overLeast > budget) continue;
    if (layouts++ === MOST_LAYOUTS) return null;
    const layout = await tryLayout(changed, search.device);
    if (!layout) continue;
    const { total } = layout.memory;
    if (total <= budget) return { settings: values, bytes: total };
    // Less than that, so that none is passed over which fits.
    overLeast = Math.max(1, 0.8 * (total / least));
  }
  return null;
}

interface Changed {
  readonly config: LanguageConfig;
  readonly model: ModelConfig;
}

const tryLayout = ({ config, model }: Changed, device: PlanDevice): Promise<Layout | null> =>
  layOutRun(config, model, device).catch(() => null);

/** The config with a fix, or null where that is none. A named size replaces the whole model. */
function withSettings({ config, model, isLoaded }: FixSearch, settings: Values): Changed | null {
  const plain = structuredClone(config) as unknown as Record<string, Record<string, unknown>>;
  for (const [path, value] of Object.entries(settings)) {
    const [section, name] = path.split(".") as [string, string];
    if (path === "model.preset") plain.model = { preset: value };
    else plain[section] = { ...plain[section], [name]: value };
  }
  const parsed = parseLanguageConfig(plain);
  if (!parsed.ok) return null;
  return {
    config: parsed.config,
    model: isLoaded
      ? model
      : modelFromSection(parsed.config.model, model.vocabSize, {
          ...(model.bosTokenId === null ? {} : { bos: model.bosTokenId }),
          ...(model.eosTokenId === null ? {} : { eos: model.eosTokenId }),
        }),
  };
}

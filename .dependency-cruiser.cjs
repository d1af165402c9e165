// Who may import whom. A layer is named by what it may not know; see docs/architecture.md.
const ours = "^(app|kernels|workers|configs|e2e)/";
const testing =
  "(\\.test|\\.golden|\\.bench)\\.tsx?$|/testing/|\\.ref\\.ts$|\\.cases\\.ts$|\\.setup\\.ts$";

/** `from` may import itself and `allowed`, nothing else of ours. Tests may also import testing folders. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: "error",
  comment,
  from: { path: from, pathNot: testing },
  to: { path: ours, pathNot: [from, ...allowed] },
});

const core = "^kernels/";
const nnBase = ["^workers/hooks/", "^workers/engine/", core, "^configs/"];
const trainers = [
  "^workers/nn/",
  "^workers/optim/",
  "^workers/data/",
  "^workers/generate/",
  ...nnBase,
];

module.exports = {
  forbidden: [
    only(
      "kernels-stand-alone",
      "^kernels/",
      [],
      "kernels/ knows nothing of ours: it could be lifted into another repository.",
    ),
    only(
      "configs-stand-alone",
      "^configs/",
      [],
      "configs/ is data and its schema; both threads read it.",
    ),
    only(
      "api-is-types",
      "^workers/api/",
      ["^configs/", "^kernels/core/(fault|profile|check)\\.ts$"],
      "workers/api/ is what the page may see: types of configs, faults, profiles and checks.",
    ),
    only(
      "engine-below-all",
      "^workers/engine/",
      [core],
      "engine/ must not know of models, runs, data or optimisers.",
    ),
    only(
      "hooks-above-engine",
      "^workers/hooks/",
      ["^workers/engine/", core, "^configs/"],
      "hooks/ need weights and kernels, nothing higher.",
    ),
    only(
      "nn-knows-no-optimiser",
      "^workers/nn/",
      nnBase,
      "nn/ and optim/ do not import each other.",
    ),
    only(
      "optim-knows-no-model",
      "^workers/optim/",
      nnBase,
      "nn/ and optim/ do not import each other.",
    ),
    only(
      "data-is-plain",
      "^workers/data/",
      ["^configs/", "^kernels/core/(fault|philox)\\.ts$"],
      "data/ makes tokens; of kernels it needs faults and random numbers only.",
    ),
    only(
      "generate",
      "^workers/generate/",
      ["^workers/nn/", "^workers/data/", ...nnBase],
      "generate/ writes with models; it trains nothing.",
    ),
    only(
      "interop",
      "^workers/interop/",
      ["^workers/nn/", "^workers/data/", "^workers/sae/", "^kernels/", "^configs/"],
      "interop/ reads and writes files of models.",
    ),
    only(
      "storage",
      "^workers/storage/",
      ["^configs/", "^workers/api/", "^kernels/core/fault\\.ts$"],
      "storage/ keeps bytes; what they mean is not its business.",
    ),
    only(
      "runtime",
      "^workers/runtime/",
      [
        ...trainers,
        "^workers/api/",
        "^workers/interop/",
        "^workers/storage/",
        "^workers/sae/",
        "^workers/rl/",
      ],
      "runtime/ runs jobs; it must not depend on Node or tests.",
    ),
    only(
      "app-sees-the-api",
      "^app/",
      ["^workers/api/", "^configs/", "^workers/[^/]+\\.worker\\.ts$"],
      "app/ talks to workers through workers/api/ and knows nothing else of them.",
    ),
    {
      name: "app-api-types-only",
      severity: "error",
      comment: "Types only: a value import would pull engine code into the page's bundle.",
      from: { path: "^app/" },
      to: { path: "^workers/api/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "workers-started-in-session",
      severity: "error",
      comment: "Only app/session starts workers.",
      from: { path: "^app/", pathNot: "^app/session/" },
      to: { path: "^workers/[^/]+\\.worker\\.ts$" },
    },
    {
      name: "labs-apart",
      severity: "error",
      comment: "A lab is a composition of shared parts; what two labs need belongs below them.",
      from: { path: "^app/labs/([^/]+)/" },
      to: { path: "^app/labs/", pathNot: "^app/labs/$1/" },
    },
    {
      name: "components-plain",
      severity: "error",
      comment: "components/ and charts/ get everything through props.",
      from: { path: "^app/(components|charts)/", pathNot: testing },
      to: { path: ours, pathNot: "^app/(components|charts|lib)/" },
    },
    {
      name: "node-in-its-room",
      severity: "error",
      comment: "Only workers/node may name node: modules; everything else runs in a browser.",
      from: { path: "^(app|kernels|configs|workers/(?!node/))", pathNot: testing },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "dawn-in-its-room",
      severity: "error",
      comment: "Only workers/node may use the npm package webgpu; a browser has its own.",
      from: { path: "^(app|kernels|configs|workers/(?!node/))", pathNot: testing },
      to: { path: "^webgpu$|node_modules/webgpu/" },
    },
    {
      name: "comlink-at-the-border",
      severity: "error",
      comment: "Comlink only where a thread is crossed.",
      from: { pathNot: "^(app/session/|workers/[^/]+\\.worker\\.ts$)" },
      to: { path: "node_modules/comlink" },
    },
    {
      name: "zod-without-eval",
      severity: "error",
      comment:
        "Import zod from configs/zod.ts: it must be told not to compile schemas before the first exists.",
      from: { pathNot: "^configs/zod\\.ts$" },
      to: { path: "^zod$|node_modules/zod/" },
    },
    {
      name: "no-tests-in-product",
      severity: "error",
      comment:
        "Testing code and CPU references of tests stay out of the product; an op's own table names its reference.",
      from: { path: "^(app|kernels|workers|configs)/", pathNot: [testing, "^workers/node/"] },
      to: { path: "/testing/|\\.(test|bench|golden)\\.tsx?$" },
    },
    {
      name: "e2e-imports-nothing",
      severity: "error",
      comment: "e2e/ drives the page as a person would.",
      from: { path: "^e2e/" },
      to: { path: "^(app|kernels|workers|configs)/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      comment: "A cycle means two files are one.",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types"],
    },
  },
};

/** All suites, by the name used on the command line. */
import { gpuBench as gpu } from "./gpu/suite.js";
import type { ReportRow } from "./report.js";
import { datasets } from "./suites/datasets.js";
import { faces } from "./suites/faces.js";
import { fanout } from "./suites/fanout.js";
import { idle } from "./suites/idle.js";
import { shippedModels } from "./suites/models.js";
import { numerics } from "./suites/numerics.js";
import { overload } from "./suites/overload.js";
import { python } from "./suites/python.js";
import { regimes } from "./suites/regimes.js";
import { regimesChoose } from "./suites/regimes-choose.js";
import { soak } from "./suites/soak.js";
import { startup } from "./suites/startup.js";
import { streamCosts } from "./suites/streams.js";
import { swapped100 } from "./suites/swaps.js";
import { training } from "./suites/training.js";
import { trust } from "./suites/trust.js";
import { watch } from "./suites/watch.js";
import { wire } from "./suites/wire.js";
import { workers } from "./suites/workers.js";

export interface SuiteOptions {
  /** How many minutes the soak suite lasts. */
  readonly minutes?: number;
  /** For the gpu suite: use small sizes, and accept a software renderer in place of a card. */
  readonly small?: boolean;
  /** For the wire suite: fewer and shorter rounds, two minutes at most. */
  readonly quick?: boolean;
  /** For the gpu suite: start no further row after this many seconds. */
  readonly seconds?: number;
  /** For the training suite: the folds of a walk forward. */
  readonly folds?: number;
}

export type Suite = (say: (line: string) => void, options?: SuiteOptions) => Promise<ReportRow[]>;

export const suites: Readonly<Record<string, Suite>> = {
  wire,
  faces,
  numerics,
  datasets,
  training,
  startup,
  models: shippedModels,
  python,
  swaps: swapped100,
  overload,
  soak,
  regimes,
  "regimes-choose": regimesChoose,
  fanout,
  idle,
  streams: streamCosts,
  trust,
  workers,
  watch,
  gpu,
};

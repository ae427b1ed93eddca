/** Every suite, by the name it is asked for. */
import { gpuBench as gpu } from "./gpu/suite.js";
import type { ReportRow } from "./report.js";
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
import { wire } from "./suites/wire.js";
import { workers } from "./suites/workers.js";

export interface SuiteOptions {
  /** How long a soak lasts. */
  readonly minutes?: number;
  /** Of the GPU: small sizes, and a software renderer for a card. */
  readonly small?: boolean;
  /** Of the GPU: after so many seconds no further row is begun. */
  readonly seconds?: number;
}

export type Suite = (say: (line: string) => void, options?: SuiteOptions) => Promise<ReportRow[]>;

export const suites: Readonly<Record<string, Suite>> = {
  wire,
  numerics,
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
  workers,
  gpu,
};

/**
 * What each backend costs on this machine, measured: the time of a Gram matrix at a few sizes, from one
 * that is over before it is launched to one that fills the caches. Plain numbers, so that it can be kept as
 * JSON and shown.
 */
import type { Kernels, KernelsName, Precision } from "./kernels.js";

export interface Cost {
  /** Multiply-adds. */
  readonly work: number;
  readonly ms: number;
}

export interface BackendCosts {
  readonly name: KernelsName;
  readonly precision: Precision;
  /** As `Kernels.mode`. */
  readonly mode: string;
  /** By rising work; at least one. */
  readonly costs: readonly Cost[];
}

export interface Calibration {
  readonly version: 1;
  readonly backends: readonly BackendCosts[];
}

/**
 * What stands in until something is measured: two cores of an AMD EPYC, and for a GPU a launch and a
 * transfer that keep it out of small jobs.
 */
export const defaultCalibration: Calibration = {
  version: 1,
  backends: [
    backend("plain", "FP64", "cpu", [256, 0.001], [65_536, 0.04], [1_048_576, 0.7], [134_217_728, 90]),
    backend("ort", "FP64", "cpu", [256, 0.02], [65_536, 0.025], [1_048_576, 0.06], [134_217_728, 2.4]),
    backend("ort", "FP32", "cpu", [256, 0.02], [65_536, 0.023], [1_048_576, 0.05], [134_217_728, 1.2]),
    backend("gpujs", "FP32", "webgpu", [256, 2], [1_048_576, 3], [134_217_728, 5], [4_294_967_296, 25]),
  ],
};

function backend(
  name: KernelsName,
  precision: Precision,
  mode: string,
  ...costs: readonly [number, number][]
) {
  return { name, precision, mode, costs: costs.map(([work, ms]) => ({ work, ms })) };
}

const sizes = [
  [16, 4],
  [64, 16],
  [256, 32],
  [512, 96],
  [1_024, 256],
] as const;

/** Runs of one size: the fastest counts, since whatever else the machine does only adds. */
const repetitions = 5;

/** Share of the second that a calibration may take, for each backend and size. */
const budgetMs = 60;

/**
 * Measures the backends one after the other, in about 60 ms a backend and size at most.
 * @param clock milliseconds that only rise
 */
export async function calibrate(backends: readonly Kernels[], clock: () => number): Promise<Calibration> {
  const measured: BackendCosts[] = [];
  for (const kernels of backends) {
    const costs: Cost[] = [];
    for (const [n, p] of sizes) costs.push({ work: n * p * p, ms: await gramMs(kernels, n, p, clock) });
    const { name, precision, mode } = kernels;
    measured.push({ name, precision, mode, costs });
  }
  return { version: 1, backends: measured };
}

async function gramMs(kernels: Kernels, n: number, p: number, clock: () => number): Promise<number> {
  const x = Float64Array.from({ length: n * p }, (_, at) => Math.sin(at));
  await kernels.gram(x, n, p); // opens sessions, compiles kernels
  const began = clock();
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < repetitions && clock() - began < budgetMs; run++) {
    const started = clock();
    await kernels.gram(x, n, p);
    best = Math.min(best, clock() - started);
  }
  return Number.isFinite(best) ? best : clock() - began;
}

/** What so much work should take: between two measured sizes by the power law through them. */
export function expectedMs({ costs }: BackendCosts, work: number): number {
  const next = costs.findIndex((cost) => cost.work >= work);
  const last = costs.at(-1);
  if (last === undefined) return Number.POSITIVE_INFINITY;
  if (next === -1) return (last.ms * work) / last.work;
  const above = costs[next] as Cost;
  const below = costs[next - 1];
  if (below === undefined) return above.ms;
  const share = Math.log(work / below.work) / Math.log(above.work / below.work);
  return below.ms * (above.ms / below.ms) ** share;
}

/** A calibration read back from JSON; undefined when it is none of this version, as after an upgrade. */
export function parseCalibration(value: unknown): Calibration | undefined {
  if (!isRecord(value) || value["version"] !== 1 || !Array.isArray(value["backends"])) return undefined;
  return value["backends"].every(isBackendCosts) ? { version: 1, backends: value["backends"] } : undefined;
}

function isBackendCosts(value: unknown): value is BackendCosts {
  if (!isRecord(value) || typeof value["mode"] !== "string" || !Array.isArray(value["costs"])) return false;
  const named = value["name"] === "plain" || value["name"] === "ort" || value["name"] === "gpujs";
  const precise = value["precision"] === "FP32" || value["precision"] === "FP64";
  return named && precise && value["costs"].length > 0 && value["costs"].every(isCost);
}

function isCost(value: unknown): value is Cost {
  return isRecord(value) && isPositive(value["work"]) && isPositive(value["ms"]);
}

function isPositive(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

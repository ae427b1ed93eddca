/**
 * Measures what each kernel backend costs on this machine: the time of a Gram matrix at a few sizes, from one that
 * takes less time than a GPU launch to one that fills the caches. The result is plain numbers, so that it can be
 * stored as JSON and shown.
 */
import type { Kernels, KernelsName, Precision } from "./kernels.js";

export interface Cost {
  /** Number of multiply-adds. */
  readonly work: number;
  readonly ms: number;
}

export interface BackendCosts {
  readonly name: KernelsName;
  readonly precision: Precision;
  /** The backend's mode, as in `Kernels.mode`. */
  readonly mode: string;
  /** Measured costs, sorted by work; at least one. */
  readonly costs: readonly Cost[];
}

export interface Calibration {
  readonly version: 1;
  readonly backends: readonly BackendCosts[];
}

/**
 * The costs that are used until the machine is measured: those of two cores of an AMD EPYC, and for a GPU a launch
 * and transfer time that keeps small jobs off it.
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

/** Runs of one size. The fastest one counts, because other load on the machine only adds time. */
const repetitions = 5;

/** Milliseconds that the runs of one backend at one size may take. */
const budgetMs = 60;

/**
 * Measures the backends one after another, for at most about 60 ms per backend and size.
 * @param clock returns monotonic milliseconds
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
  await kernels.gram(x, n, p); // the first call opens sessions and compiles kernels, so it is not measured
  const began = clock();
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < repetitions && clock() - began < budgetMs; run++) {
    const started = clock();
    await kernels.gram(x, n, p);
    best = Math.min(best, clock() - started);
  }
  return Number.isFinite(best) ? best : clock() - began;
}

/** The expected milliseconds for so many multiply-adds: interpolated between the measured sizes by a power law. */
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

/** Parses a calibration from JSON; undefined when it is invalid or of another version, as after an upgrade. */
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

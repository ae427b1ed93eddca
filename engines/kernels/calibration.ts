/**
 * Measures which backend wins from which size on, on this machine. Gram matrices stand for the kernels:
 * they are what fits spend their time in. Takes some tenths of a second.
 */
import type { Kernels, KernelsName, Precision } from "./kernels.js";
import { type Crossover, defaultCrossover } from "./selection.js";

export interface Sample {
  readonly backend: KernelsName;
  readonly precision: Precision;
  readonly n: number;
  readonly p: number;
  /** Milliseconds of a gram of X [n,p], the best of three. */
  readonly ms: number;
}

export interface Calibration {
  /** What it holds for: another machine or another version is measured anew. */
  readonly machine: string;
  readonly samples: readonly Sample[];
  readonly crossover: Crossover;
}

/** From some thousand multiply-adds to fifty million. */
const sizes = [
  [60, 8],
  [252, 10],
  [252, 20],
  [252, 50],
  [1_000, 60],
  [1_000, 220],
] as const;

const repeats = 3;

/** @param now milliseconds on a clock that never jumps */
export async function calibrate(
  backends: readonly Kernels[],
  machine: string,
  now: () => number,
): Promise<Calibration> {
  const samples: Sample[] = [];
  for (const kernels of backends) for (const [n, p] of sizes) samples.push(await measure(kernels, n, p, now));
  return { machine, samples, crossover: crossoverOf(samples) };
}

async function measure(kernels: Kernels, n: number, p: number, now: () => number): Promise<Sample> {
  const x = Float64Array.from({ length: n * p }, (_, i) => ((i * 7_919) % 1_009) / 1_009 - 0.5);
  await kernels.gram(x, n, p); // opens sessions, compiles
  let best = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const started = now();
    await kernels.gram(x, n, p);
    best = Math.min(best, now() - started);
  }
  return { backend: kernels.name, precision: kernels.precision, n, p, ms: best };
}

/** From the smallest size on at which a backend wins and goes on winning. Pure. */
export function crossoverOf(samples: readonly Sample[]): Crossover {
  const of = (backend: KernelsName) => samples.filter((sample) => sample.backend === backend);
  return {
    ort: winsFrom(of("ort"), of("plain")) ?? defaultCrossover.ort,
    gpujs: winsFrom(of("gpujs"), of("ort")) ?? Number.POSITIVE_INFINITY,
  };
}

function winsFrom(ours: readonly Sample[], theirs: readonly Sample[]): number | undefined {
  if (ours.length === 0 || theirs.length === 0) return undefined;
  let from = Number.POSITIVE_INFINITY;
  for (const mine of [...ours].sort((a, b) => workOf(b) - workOf(a))) {
    const other = theirs.find(({ n, p }) => n === mine.n && p === mine.p);
    if (other === undefined || mine.ms >= other.ms) break;
    from = workOf(mine);
  }
  return from;
}

function workOf({ n, p }: Sample): number {
  return n * p * p;
}

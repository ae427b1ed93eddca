/** Measures how long a job of the bench takes on one backend of kernels. */
import { readFileSync } from "node:fs";
import type { Kernels } from "../../engines/kernels/index.js";
import { fits } from "../../engines/numerics/index.js";
import { median } from "../report.js";
import { distanceRows, type GpuJob, type JobName, jobs } from "./jobs.js";
import type { Rounds, TimingResult } from "./questions.js";

interface TimedJob {
  readonly job: JobName;
  readonly n: number;
  readonly p: number;
  readonly path: string;
  readonly rounds: Rounds;
}

/** @throws Error when a backend other than the requested one ran */
export async function timeJob(
  { job, n, p, path, rounds }: TimedJob,
  kernels: Kernels,
  factors: Kernels | undefined,
): Promise<TimingResult> {
  const file = readFileSync(path);
  const x = new Float32Array(file.buffer, file.byteOffset, n * p).slice();
  const run = runnerOf(jobs[job], x, [n, p], kernels, factors);
  const times = await timesOf(rounds, async (round) => {
    // Changes the bytes before each run, so that nothing can answer from a cache.
    x[round] = (x[round] as number) * 1.0001;
    await run();
  });
  const [fellBack] = kernels.fallbacks;
  if (fellBack !== undefined) throw new Error(`${fellBack.got} ran: ${fellBack.reason}`);
  return { ms: median(times), runs: times.length, mode: kernels.mode };
}

function runnerOf(
  { fit: name, parameters }: GpuJob,
  x: Float32Array,
  [n, p]: readonly [number, number],
  kernels: Kernels,
  factors: Kernels | undefined,
): () => Promise<unknown> {
  if (name === null) {
    const m = distanceRows(n);
    return () => kernels.squaredDistances(x, x.subarray(0, m * p), n, m, p);
  }
  const fit = fits.find(({ signature }) => signature.name === name);
  if (fit === undefined) throw new Error(`there is no fit ${name}`);
  const context = { kernels, aborted: () => false, ...(factors !== undefined && { factors }) };
  const X = { datatype: "FP32", shape: [n, p], data: x } as const;
  return () => fit.run({ X }, parameters, context);
}

/** The milliseconds of each counted run. */
export async function timesOf(
  { most, ms }: Rounds,
  run: (round: number) => Promise<unknown>,
): Promise<number[]> {
  await run(0); // The first run compiles kernels and allocates buffers
  const times: number[] = [];
  const until = performance.now() + ms;
  do {
    const started = performance.now();
    await run(times.length + 1);
    times.push(performance.now() - started);
  } while (times.length < most && performance.now() < until);
  return times;
}

/**
 * A rolling job: 2,000 windows of 252 rows of a table of 2,520x50, each fitted on its own. The sides take turns of 400
 * windows, no window twice, so that other work on the machine affects them alike.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InferInputs } from "../../protocol/reference.js";
import type { FrameClient } from "../harness/frame-client.js";
import { howToGetPython, type PythonPeer } from "../harness/python.js";
import { cost, type ReportRow } from "../report.js";
import { dataFor } from "./numerics-data.js";
import { type NumericsJob, peerOf } from "./numerics-jobs.js";

const table = { n: 2_520, p: 50 };
const window = 252;
const windows = 2_000;
const turns = 5;
const perTurn = windows / turns;
/** The peer fits a quarter of the windows of a turn, and its time counts four times: on a busy machine it takes minutes. */
const peersShare = 4;
/** Windows that one client has in flight. */
const inFlight = 32;

type RollingJob = Pick<NumericsJob, "fit" | "ours" | "theirs"> & {
  /** What a rolling job reads of each answer; the peer computes the same. */
  readonly outputs: readonly string[];
};

const value = { n_paths: 2_000, level: 0.99, random_state: 0 };
const jobs: readonly RollingJob[] = [
  { fit: "ledoit_wolf", ours: {}, theirs: {}, outputs: ["covariance", "shrinkage"] },
  { fit: "pca", ours: {}, theirs: {}, outputs: ["components", "explained_variance"] },
  { fit: "monte_carlo_var", ours: value, theirs: value, outputs: ["var", "cvar"] },
];

export interface RollingSides {
  readonly frames: FrameClient;
  readonly python: PythonPeer | undefined;
  /** For the file that carries the table to Python. */
  readonly folder: string;
}

interface RollingTimes {
  readonly reference: number[];
  readonly bytes: number[];
  readonly theirs: number[];
}

export async function rollingJobs(sides: RollingSides, say: (line: string) => void): Promise<ReportRow[]> {
  const warm = await place(2, sides);
  for (const job of jobs) await measure(job, warm, 0, sides);
  const x = await place(3, sides);
  const times = jobs.map((): RollingTimes => ({ reference: [], bytes: [], theirs: [] }));
  for (let turn = 0; turn < turns; turn++)
    for (const [i, job] of jobs.entries()) {
      const sample = await measure(job, x, turn * perTurn, sides);
      const { reference, bytes, theirs } = times[i] as RollingTimes;
      reference.push(sample.reference);
      bytes.push(sample.bytes);
      if (sample.theirs !== undefined) theirs.push(sample.theirs);
      say(
        `  ${job.fit}, ${perTurn} windows: ${Math.round(sample.reference)} ms by reference, ${Math.round(sample.bytes)} by bytes, ${peerOf(job)} ${sample.theirs?.toFixed(0) ?? "-"}`,
      );
    }
  const rows = jobs.flatMap((job, i) => rowsOf(job.fit, peerOf(job), times[i] as RollingTimes, sides));
  const all = (side: keyof RollingTimes) => times.flatMap((each) => each[side]);
  const sums = { reference: all("reference"), bytes: all("bytes"), theirs: all("theirs") };
  return [...rows, ...rowsOf("all three", "scikit-learn and numpy", sums, sides)];
}

function rowsOf(
  what: string,
  peer: string,
  { reference, bytes, theirs }: RollingTimes,
  { python }: RollingSides,
): ReportRow[] {
  const name = `${windows} windows of ${window}x${table.p}, ${what}`;
  const [named, found] =
    python === undefined
      ? ([`no ${peer}: ${howToGetPython}`, null] as const)
      : ([peer, sum(theirs)] as const);
  return [
    cost(`${name}, by reference`, "ms", sum(reference), named, found),
    cost(`${name}, by bytes`, "ms", sum(bytes), named, found),
  ];
}

/** Puts another table, and gives it to Python. */
async function place(variant: number, { frames, python, folder }: RollingSides): Promise<Float64Array> {
  const x = dataFor({ fit: "", ...table, ours: {}, theirs: {} }, variant);
  const data = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  const X = { datatype: "FP64", shape: [table.n, table.p], data } as const;
  await frames.ask({ type: "put", dataset: "rolling", columns: { X } });
  if (python === undefined) return x;
  const path = join(folder, "rolling.f64");
  writeFileSync(path, data);
  await python.ask({ load: path, ...table });
  return x;
}

async function measure(job: RollingJob, x: Float64Array, first: number, { frames, python }: RollingSides) {
  const rowBytes = table.p * 8;
  const reference = await roll(frames, job, first, (at) => ({
    X: { ref: "rolling", rows: [at, at + window] },
  }));
  const bytes = await roll(frames, job, first, (at) => {
    const data = new Uint8Array(x.buffer, x.byteOffset + at * rowBytes, window * rowBytes);
    return { X: { datatype: "FP64", shape: [window, table.p], data } };
  });
  if (python === undefined) return { reference, bytes, theirs: undefined };
  const { ms } = await python.ask({
    fit: job.fit,
    parameters: job.theirs,
    rows: [first, first + window],
    windows: perTurn / peersShare,
  });
  return { reference, bytes, theirs: Number(ms) * peersShare };
}

/** Milliseconds until the windows of a turn are fitted. */
async function roll(
  frames: FrameClient,
  { fit, ours, outputs }: RollingJob,
  first: number,
  inputs: (at: number) => InferInputs,
): Promise<number> {
  const started = performance.now();
  let next = first;
  const lane = async () => {
    while (next < first + perTurn) {
      const request = { model: fit, inputs: inputs(next++), parameters: ours, outputs, timeout_ms: 120_000 };
      const { backend } = await frames.infer(request);
      if (backend !== "ort") throw new Error(`${fit} ran on ${backend}, not on ONNX Runtime's kernels`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return performance.now() - started;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

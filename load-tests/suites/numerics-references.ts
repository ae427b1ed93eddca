/**
 * The fits of windows and of long tables whose rows the gateway has: a reference names them, and the worker reads the
 * gateway's memory. The peer has the same table in its memory and fits a view of such rows. Each fit is of other
 * rows. A side makes several fits in a turn, as a job does that fits window after window.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameClient } from "../harness/frame-client.js";
import type { PythonPeer } from "../harness/python.js";
import { howToGetPython } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";
import { dataFor } from "./numerics-data.js";
import { type NumericsJob, nameOf, numericsJobs, peerOf } from "./numerics-jobs.js";
import { measuredRounds, repeat, warmupRounds } from "./numerics-rounds.js";

/** The rows of the table that windows of so many rows are taken from. */
const tableRows = new Map([
  [252, 2_520],
  [100_000, 100_128],
]);
/** Milliseconds after which the other side has its turn. */
const turnMs = 30;

export interface ReferenceSides {
  readonly frames: FrameClient;
  readonly python: PythonPeer | undefined;
  /** For the file that carries the table to Python. */
  readonly folder: string;
}

export async function byReference(sides: ReferenceSides, say: (line: string) => void): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for (const job of numericsJobs) {
    const all = tableRows.get(job.n);
    if (all !== undefined) rows.push(await measure(job, all, sides, say));
  }
  return rows;
}

async function measure(
  job: NumericsJob,
  all: number,
  sides: ReferenceSides,
  say: (line: string) => void,
): Promise<ReportRow> {
  const { frames, python } = sides;
  await place(job, all, sides);
  const times = { ours: [] as number[], theirs: [] as number[] };
  let backend = "";
  let call = 0;
  // A step that has no factor in common with the number of windows visits them all before one comes again.
  const next = () => (call++ * 37) % (all - job.n);
  const ask = async () => {
    await turn(times.ours, async () => {
      const ours = await timeOurs(frames, job, next());
      backend = ours.backend;
      return ours.ms;
    });
    if (python !== undefined) await turn(times.theirs, () => timeTheirs(python, job, next()));
  };
  await repeat(ask, warmupRounds);
  for (const side of Object.values(times)) side.length = 0;
  await repeat(ask, measuredRounds);
  const peer = peerOf(job);
  const row = cost(
    `${nameOf(job)}, by reference`,
    "ms",
    median(times.ours),
    python === undefined ? `no ${peer}: ${howToGetPython}` : peer,
    python === undefined ? null : median(times.theirs),
  );
  say(
    `  ${row.name}: ${row.value?.toFixed(2)} ms on ${backend}, ${peer} ${row.peer_value?.toFixed(2) ?? "-"} ms`,
  );
  return row;
}

/** Fits window after window until the turn is over; at least one. */
async function turn(times: number[], once: () => Promise<number>): Promise<void> {
  const until = performance.now() + turnMs;
  do times.push(await once());
  while (performance.now() < until);
}

/** Puts the table, and gives it to Python. */
async function place(
  job: NumericsJob,
  all: number,
  { frames, python, folder }: ReferenceSides,
): Promise<void> {
  const x = dataFor({ ...job, n: all }, 0);
  const data = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  await frames.ask({
    type: "put",
    dataset: "bench",
    columns: { X: { datatype: "FP64", shape: [all, job.p], data } },
  });
  if (python === undefined) return;
  const path = join(folder, "table.f64");
  writeFileSync(path, data);
  await python.ask({ load: path, n: all, p: job.p });
}

async function timeOurs(frames: FrameClient, { fit, n, ours }: NumericsJob, from: number) {
  const started = performance.now();
  const { backend } = await frames.infer({
    model: fit,
    inputs: { X: { ref: "bench", rows: [from, from + n] } },
    parameters: ours,
    timeout_ms: 120_000,
  });
  return { ms: performance.now() - started, backend };
}

async function timeTheirs(
  python: PythonPeer,
  { fit, n, theirs }: NumericsJob,
  from: number,
): Promise<number> {
  const { ms } = await python.ask({ fit, parameters: theirs, rows: [from, from + n] });
  return Number(ms);
}

/**
 * Proves a version: opens it, checks its golden answer, runs it at the batch sizes that it will serve, and measures
 * time and memory.
 */

import type { Tensors } from "../../engine.js";
import { readGolden } from "../golden.js";
import type { ModelLimits } from "../inspection/model-limits.js";
import { inspectVersion } from "../inspection/version-inspection.js";
import type { ModelSource } from "../model-source.js";
import { openSession, reproduce } from "../open-session.js";
import { startFirst } from "../providers.js";
import { proveRows } from "../row-proof.js";
import { runningFailure } from "../running-failure.js";
import type { ModelSession } from "../session.js";
import { rowsLike } from "../warm-up.js";
import type { MemoryGauge } from "./memory-gauge.js";
import type { MeasuredRun, Proof } from "./messages.js";

/**
 * Limit in milliseconds on the runs by batch size; sizes that do not fit in it are extrapolated from those that were
 * run.
 */
const runsMsMax = 5_000;
/**
 * The most by which the batch size grows between two runs while the next run may be expensive, so that each run's
 * cost can be predicted from the last one's.
 */
const growth = 4;
/** A next size whose predicted cost is below these numbers is run at once. */
const cheap = { ms: 500, bytes: 64 * 1_048_576 };
/** The smallest overhead of a session beside its weights and activations: no smaller one was ever measured. */
const sessionBytes = 1_048_576;

export interface ProofContext {
  readonly intraOpThreads: number;
  readonly gauge: MemoryGauge;
  /** What a version may be made of; a larger one is refused before ONNX Runtime opens it. */
  readonly limits: ModelLimits;
}

/** @throws with the reason when the version cannot be opened, or does not reproduce its golden answer */
export async function prove(
  source: ModelSource,
  { intraOpThreads, gauge, limits }: ProofContext,
): Promise<Proof> {
  await inspectVersion(source, limits);
  await gauge.begin();
  const golden = await readGolden(source.goldenPath);
  const { left } = gauge;
  const before = gauge.settled();
  const taken = (bytes: number) => Math.max(sessionBytes, bytes - before + Math.min(left, sessionBytes));
  gauge.reset();
  const { session, fellBack } = await startFirst(source.providers, async (provider) => {
    const opened = await openSession(source, intraOpThreads, provider);
    try {
      await reproduce(opened, golden, source);
      return opened;
    } catch (error) {
      await opened.close();
      throw runningFailure(source.modelPath, error);
    }
  });
  try {
    const opening = taken(gauge.peak);
    const runs = await runsBySize(session, golden.inputs, source.warmRows, () => taken(gauge.resident));
    const resident = reckoned(runs, source.warmRows, taken(gauge.settled()));
    // The trials' runs must not be counted in the measurement.
    const batching = await proveRows(session, golden, source);
    return {
      backend: session.backend,
      batching,
      notes: session.notes,
      fellBack,
      memory: { opening: Math.max(opening, resident), resident },
      runs,
    };
  } finally {
    await session.close();
  }
}

async function runsBySize(
  session: ModelSession,
  inputs: Tensors,
  warmRows: readonly number[],
  resident: () => number,
): Promise<MeasuredRun[]> {
  const runs: MeasuredRun[] = [];
  const until = performance.now() + runsMsMax;
  for (const rows of warmRows) {
    for (let next = stepTo(rows, runs); next !== undefined; next = stepTo(rows, runs)) {
      const last = runs.at(-1);
      if (last !== undefined && performance.now() + (last.ms * next) / last.rows > until) return runs;
      const { computeMs: ms } = await session.run(rowsLike(inputs, next), null);
      runs.push({ rows: next, ms, bytes: resident() });
    }
  }
  return runs;
}

/** The next batch size to run on the way to `rows`; undefined: it was already run. */
function stepTo(rows: number, runs: readonly MeasuredRun[]): number | undefined {
  const last = runs.at(-1);
  if (last === undefined) return rows;
  if (last.rows >= rows) return undefined;
  const times = rows / last.rows;
  // The memory for each row follows from the difference of two runs: after one run it is not known.
  const grown = runs.length < 2 ? Infinity : last.bytes - (runs[0]?.bytes ?? 0);
  const dear = last.ms * times > cheap.ms || grown * times > cheap.bytes;
  return dear ? Math.min(rows, last.rows * growth) : rows;
}

/** The cost of the largest batch: measured, or extrapolated linearly from the measured sizes. */
function reckoned(runs: readonly MeasuredRun[], warmRows: readonly number[], measured: number): number {
  const [first] = runs;
  const last = runs.at(-1);
  const most = warmRows.at(-1);
  if (first === undefined || last === undefined || most === undefined || last.rows >= most) return measured;
  const perRow =
    last.rows > first.rows ? Math.max(0, last.bytes - first.bytes) / (last.rows - first.rows) : 0;
  return Math.round(Math.max(measured, last.bytes) + perRow * (most - last.rows));
}

/**
 * Decides whether rows of several requests may be computed together: the graph must prove it and trials must confirm
 * it.
 */
import { readFile } from "node:fs/promises";
import type { Tensors } from "../engine.js";
import type { Batching } from "../servable.js";
import type { BatchingSetting } from "./batching-setting.js";
import type { GoldenAnswer } from "./golden.js";
import type { ModelSource } from "./model-source.js";
import { analyseRows, type RowTensor, type RowVerdict } from "./row-analysis/row-analysis.js";
import { type TrialRow, trialRows } from "./row-trials/rows.js";
import { trialTexts } from "./row-trials/texts.js";
import { type InferenceFunction, tryRows } from "./row-trials/try-rows.js";
import type { ModelSession } from "./session.js";
import { TextSession } from "./text/text-session.js";

/**
 * Incremented when the analysis or the trials change, so that results stored by an earlier edition are computed
 * again.
 */
export const rowProofEdition = 3;

/** Returns the stored result of an earlier proof on the same provider, or else proves the rows now. */
export async function knownOrProven(
  session: ModelSession,
  golden: GoldenAnswer,
  source: ModelSource,
): Promise<Batching> {
  const { known } = source.rows;
  return known?.backend === session.backend ? known.batching : proveRows(session, golden, source);
}

/**
 * Proves the rows of an open version on the session that will serve it. Never throws: an error counts as no proof.
 */
export async function proveRows(
  session: ModelSession,
  golden: GoldenAnswer,
  source: ModelSource,
): Promise<Batching> {
  const { signature, rows, modelPath } = source;
  if (rows.maxBatchSize < 2)
    return { together: false, reason: `max_batch_size is ${rows.maxBatchSize}, so no rows are gathered` };
  const inputs: RowTensor[] =
    session instanceof TextSession
      ? session.feedNames.map((name) => ({ name, dims: [-1] }))
      : signature.inputs.map(({ name, shape }) => ({ name, dims: shape.slice(1).map(sizeOf) }));
  try {
    const model = await readFile(modelPath);
    const verdict = analyseRows(
      model,
      inputs,
      signature.outputs.map(({ name }) => name),
    );
    const tried = session instanceof TextSession ? trialTexts(golden.inputs) : trialRows(golden.inputs);
    return await judgeRows(verdict, tried, runOf(session), rows.batching, rows.maxBatchSize);
  } catch (error) {
    return { together: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The graph's verdict comes first: a graph that joins rows is never batched across requests, whatever the trials and
 * the operator say.
 */
export async function judgeRows(
  verdict: RowVerdict,
  rows: readonly TrialRow[],
  run: InferenceFunction,
  setting: BatchingSetting,
  rowsMax: number,
): Promise<Batching> {
  if (verdict.kind === "coupled")
    return { together: false, reason: `a row's answer depends on the rows beside it: ${verdict.reason}` };
  const proven = verdict.kind === "independent";
  if (!proven && setting !== "asserted")
    return {
      together: false,
      reason: `the graph does not prove that rows stay apart: ${verdict.reason}. If you know that they do, set "batching": "asserted" in config.json`,
    };
  const { tried, exact, worst, within, against } = await tryRows(rows, run, { rowsMax });
  if (against !== undefined)
    return { together: false, reason: `a row's answer depends on the rows beside it: ${against}` };
  if (setting === "exact" && !exact)
    return {
      together: false,
      reason: `config.json asks for exact batching, and a row's answer in company differs by ${worst.toPrecision(2)} of its largest number`,
    };
  return {
    together: true,
    proof: proven ? "graph" : "operator",
    exact,
    worst,
    within,
    trials: tried,
    ...(!proven && { reason: verdict.reason }),
  };
}

function runOf(session: ModelSession): InferenceFunction {
  return async (inputs: Tensors) => {
    const { outputs, refused } = await session.run(inputs, null);
    if (refused?.[0] !== undefined) throw new Error(refused[0].reason);
    return outputs;
  };
}

function sizeOf(dim: number | string): number {
  return typeof dim === "number" ? dim : -1;
}

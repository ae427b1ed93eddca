/** Whether rows of several requests may be computed together: the graph proves it, and trials speak for it. */
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

/** Changes with what the analysis and the trials find: what was kept of them before is found anew. */
export const rowProofEdition = 3;

/** As it was found before, on the same provider; else it is found out. */
export async function knownOrProven(
  session: ModelSession,
  golden: GoldenAnswer,
  source: ModelSource,
): Promise<Batching> {
  const { known } = source.rows;
  return known?.backend === session.backend ? known.batching : proveRows(session, golden, source);
}

/** Of a version that is open, on the session that will serve it. Never throws: what cannot be shown is not shown. */
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

/** The graph's verdict first: what it shows to join rows is never gathered, whatever trials and operators say. */
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

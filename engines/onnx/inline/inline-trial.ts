/**
 * Finds out in a worker whether a version may be computed on the thread of the sockets: what can be said of its files
 * and its graph, how long its batches take, and the answer that the session there has to repeat bit by bit.
 */
import { readFile } from "node:fs/promises";
import type { MeasuredRows } from "../../pool/run-times.js";
import type { Batching } from "../../servable.js";
import { batchDim } from "../../validate.js";
import type { GoldenAnswer } from "../golden.js";
import { versionFiles } from "../inspection/version-inspection.js";
import type { ModelSource } from "../model-source.js";
import { type GraphProto, modelGraph } from "../row-analysis/graph-file.js";
import { type ModelSession, OnnxSession } from "../session.js";
import { rowsLike } from "../warm-up.js";
import type { InlineTrial } from "./trial-result.js";

/** Bytes of a version's files: to open a session blocks the sockets, 3 ms for a forest of 190,000 bytes. */
const fileBytesMax = 262_144;
/**
 * Milliseconds in which a session has to open, at least once in so many attempts. What a graph computes of constants is
 * computed then, whatever the size of its file: three products of 1500 x 1500 numbers, a file of 332 bytes, took 1.1 s.
 */
const openingMsMax = 25;
const openings = 3;
/** The batch sizes that are measured, as far as the model takes them. */
const sizes = [1, 4, 16, 64, 256];
/** Runs of each size: the shortest counts. Whether it holds is measured again with every batch. */
const runsOfEach = 8;
/** Milliseconds after which no larger size is tried. */
const longMs = 5;

/** Never throws: an error counts as a reason. @param intraOpThreads of the workers' sessions */
export async function tryInline(
  session: ModelSession,
  golden: GoldenAnswer,
  source: ModelSource,
  batching: Batching,
  intraOpThreads: number,
): Promise<InlineTrial> {
  try {
    const reason =
      source.notInline ??
      obstacle(session, source, batching, intraOpThreads) ??
      (await obstacleInFiles(source));
    if (reason !== undefined) return { possible: false, reason };
    const openingMs = await shortestOpening(source, intraOpThreads);
    if (openingMs > openingMsMax)
      return {
        possible: false,
        reason: `to open it takes ${Math.ceil(openingMs)} ms, more than ${openingMsMax}`,
      };
    const inputs = rowsLike(golden.inputs, 1);
    const { outputs } = await session.run(inputs, null);
    return { possible: true, runs: await measured(session, golden, source), sample: { inputs, outputs } };
  } catch (error) {
    return { possible: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What the version's settings and its proof say against it. */
function obstacle(
  { backend }: ModelSession,
  { tokenizer, signature }: ModelSource,
  batching: Batching,
  intraOpThreads: number,
): string | undefined {
  if (tokenizer !== undefined) return "its inputs are texts";
  if (backend !== "onnxruntime-cpu") return `it computes on ${backend}`;
  if (intraOpThreads > 1) return `a run of it uses ${intraOpThreads} threads (engine.intra_op_threads)`;
  if (!batching.together || batching.proof !== "graph")
    return "its graph does not prove that rows are computed apart, which a bound on a run's time needs";
  const open = signature.inputs.find(({ shape }) =>
    shape.some((size) => typeof size === "string" && size !== batchDim),
  );
  return open && `its input ${open.name} has a size that a request chooses, on which a run's time depends`;
}

/** What its files and its graph say against it. */
async function obstacleInFiles(source: ModelSource): Promise<string | undefined> {
  const files = await versionFiles(source);
  const bytes = files.reduce(
    (sum, { path, status }) => sum + (path === source.goldenPath ? 0 : status.size),
    0,
  );
  if (bytes > fileBytesMax)
    return `its files have ${bytes} bytes, more than the ${fileBytesMax} that are opened beside the sockets`;
  const { graph, functions } = modelGraph(await readFile(source.modelPath));
  const nested = nestingOperator(graph) ?? [...functions.values()].map(nestingOperator).find(Boolean);
  return nested && `its operator ${nested} runs a graph of its own, whose time is not bounded`;
}

/** An operator with a graph inside, as If, Loop and Scan have. */
function nestingOperator({ nodes }: Pick<GraphProto, "nodes">): string | undefined {
  return nodes.find(({ graphs }) => graphs.size > 0)?.operator;
}

/** Milliseconds in which a further session of it opens, in this worker. */
async function shortestOpening(source: ModelSource, intraOpThreads: number): Promise<number> {
  let shortest = Infinity;
  for (let attempt = 0; attempt < openings && shortest > openingMsMax; attempt++) {
    const started = performance.now();
    const opened = await OnnxSession.open(source, intraOpThreads, "cpu");
    shortest = Math.min(shortest, performance.now() - started);
    await opened.close();
  }
  return shortest;
}

async function measured(
  session: ModelSession,
  golden: GoldenAnswer,
  { rows: { maxBatchSize } }: ModelSource,
): Promise<MeasuredRows[]> {
  const runs: MeasuredRows[] = [];
  for (const rows of new Set(sizes.map((size) => Math.min(size, maxBatchSize)))) {
    const inputs = rowsLike(golden.inputs, rows);
    let ms = Infinity;
    for (let run = 0; run < runsOfEach; run++) ms = Math.min(ms, (await session.run(inputs, null)).computeMs);
    runs.push({ rows, ms });
    if (ms > longMs) break;
  }
  return runs;
}

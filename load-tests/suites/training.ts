/**
 * Trainings: a forest fitted by the gateway's trainer, by reference, against scikit-learn's own fit in its own process
 * on the same cores; the export and its proof; how soon a published version answers, how fast a kept model does, and
 * what a trainer's start costs. Every repetition has other rows.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferInputs } from "../../protocol/reference.js";
import type { TrainingSummary } from "../../protocol/train-frames.js";
import { FrameClient } from "../harness/frame-client.js";
import { startGateway } from "../harness/gateway.js";
import { howToGetPython, PythonPeer } from "../harness/python.js";
import { cost, median, type ReportRow } from "../report.js";
import { applied } from "./training-apply.js";
import { type ForestTable, forestTable, inputsOf, matrixOf, shape } from "./training-data.js";
import { deskStarts } from "./training-desk.js";
import { policies } from "./training-policies.js";
import { foldsByDefault, walked } from "./training-walk.js";

type PrintLine = (line: string) => void;

const trainer = "random_forest_regressor";
const parameters = { n_estimators: 100, random_state: 0 };
const rounds = 7;
const publications = 3;

export const howToGetTrainer = "no trainer: npx headgate trainer install";

/** A training that was answered. */
interface Training {
  readonly ms: number;
  readonly summary: TrainingSummary;
  readonly handle: string | undefined;
}

export async function training(
  say: PrintLine,
  { folds = foldsByDefault }: { readonly folds?: number } = {},
): Promise<ReportRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "headgate-bench-"));
  // Both sides at the same niceness: by default the gateway's trainings give way to everything else.
  const gateway = await startGateway({ models: null, config: { training: { nice: 0 } } });
  const frames = await FrameClient.open(gateway.port);
  try {
    const cold = await firstTraining(frames, say);
    if (cold === undefined) return [cost(forestRow, "ms", null, howToGetTrainer, null)];
    return [
      ...(await forests(frames, folder, say)),
      ...(await published(frames, say)),
      ...(await applied(frames, await keptForest(frames), say)),
      await started(cold, folder, say),
      ...(await walked(folds, say)),
      ...(await deskStarts(say)),
      ...(await policies(say)),
    ];
  } finally {
    frames.close();
    await gateway.stop();
    rmSync(folder, { recursive: true });
  }
}

const forestRow = `forest of 100 trees on ${shape.rows}x${shape.columns}, by reference, trainer warm`;

/** Milliseconds until the first answer of all; undefined where there is no trainer. */
async function firstTraining(frames: FrameClient, say: PrintLine): Promise<number | undefined> {
  try {
    const { ms } = await train(frames, await put(frames, forestTable(0)), {});
    say(`  first training, with the trainer's start: ${ms.toFixed(0)} ms`);
    return ms;
  } catch (error) {
    if (!String(error).includes("failed_precondition")) throw error;
    say(`  ${String(error)}`);
    return undefined;
  }
}

/** The sides take turns, so that other work on the machine affects them alike. */
async function forests(frames: FrameClient, folder: string, say: PrintLine): Promise<ReportRow[]> {
  const python = await PythonPeer.start("forest_process.py");
  const times = { ours: [] as number[], fit: [] as number[], theirs: [] as number[] };
  try {
    for (let round = -1; round < rounds; round++) {
      const table = forestTable(1 + round);
      const ours = await train(frames, await put(frames, table), {});
      const theirs = python && (await fitByPeer(python, table, folder));
      if (round < 0) continue; // Both sides import what they need at their first fit.
      times.ours.push(ours.ms);
      times.fit.push(ours.summary.fit_ms);
      if (theirs !== undefined) times.theirs.push(theirs);
      say(
        `  forest: ${ours.ms.toFixed(0)} ms (fit ${ours.summary.fit_ms.toFixed(0)}), scikit-learn ${theirs?.toFixed(0) ?? "-"}`,
      );
    }
  } finally {
    python?.stop();
  }
  const [peer, found] =
    python === undefined
      ? ([`no scikit-learn: ${howToGetPython}`, null] as const)
      : (["scikit-learn's fit in a process of its own", median(times.theirs)] as const);
  return [
    cost(forestRow, "ms", median(times.ours), peer, found),
    cost(`${forestRow}: fit_ms, the library's own fit in it`, "ms", median(times.fit), peer, found),
  ];
}

async function fitByPeer(python: PythonPeer, table: ForestTable, folder: string): Promise<number> {
  const path = join(folder, "forest.f64");
  writeFileSync(path, matrixOf(table));
  await python.ask({ load: path, n: shape.rows, p: shape.columns + 1 });
  return Number((await python.ask({ fit: trainer, parameters }))["ms"]);
}

/** A version that is published: its fit, its conversion, and the time from there to its first answer. */
async function published(frames: FrameClient, say: PrintLine): Promise<ReportRow[]> {
  const waits: number[] = [];
  const conversions: number[] = [];
  for (let i = 0; i < publications; i++) {
    const table = forestTable(100 + i);
    const began = performance.now();
    const { summary } = await train(frames, await put(frames, table), {
      publish: { model: "bench-forest" },
    });
    const { fit_ms, convert_ms, published: version } = summary;
    if (version === undefined || convert_ms === null)
      throw new Error("the training was answered unpublished");
    const { X } = inputsOf(table, 8);
    await frames.infer({ model: version.model, version: version.version, inputs: { X } });
    const total = performance.now() - began;
    conversions.push(convert_ms);
    waits.push(total - fit_ms - convert_ms);
    say(
      `  published: ${total.toFixed(0)} ms in all, fit ${fit_ms.toFixed(0)}, conversion and proof ${convert_ms.toFixed(0)}, the rest ${waits.at(-1)?.toFixed(0)}`,
    );
  }
  return [
    cost(
      "convert_ms: the forest's conversion and its proof by the trainer",
      "ms",
      median(conversions),
      null,
      null,
    ),
    cost("from the end of the conversion to the first served answer", "ms", median(waits), null, null),
  ];
}

async function keptForest(frames: FrameClient): Promise<string> {
  const { handle } = await train(frames, await put(frames, forestTable(200)), { keep_seconds: 600 });
  if (handle === undefined) throw new Error("the training was answered without a handle");
  return handle;
}

/** A trainer's process that must be started, against a container's own that imports scikit-learn and fits. */
async function started(cold: number, folder: string, say: PrintLine): Promise<ReportRow> {
  const began = performance.now();
  const python = await PythonPeer.start("forest_process.py");
  if (python !== undefined) await fitByPeer(python, forestTable(0), folder);
  const theirs = performance.now() - began;
  python?.stop();
  say(`  a new process of scikit-learn until it has fitted: ${theirs.toFixed(0)} ms`);
  const name = `${forestRow.replace("warm", "cold")}, with its start`;
  return python === undefined
    ? cost(name, "ms", cold, `no scikit-learn: ${howToGetPython}`, null)
    : cost(name, "ms", cold, "a new process that imports scikit-learn and fits", theirs);
}

/** Puts a table before its time is taken: the request names it. */
async function put(frames: FrameClient, table: ForestTable): Promise<InferInputs> {
  const dataset = "forest";
  await frames.ask({ type: "put", dataset, columns: inputsOf(table, shape.rows) });
  return { X: { ref: dataset, columns: "X" }, y: { ref: dataset, columns: "y" } };
}

async function train(
  frames: FrameClient,
  inputs: InferInputs,
  options: { readonly keep_seconds?: number; readonly publish?: { readonly model: string } },
): Promise<Training> {
  const began = performance.now();
  const answer = await frames.ask({ type: "train", trainer, inputs, parameters, ...options });
  const ms = performance.now() - began;
  if (answer.type !== "result" || answer.training === undefined)
    throw new Error(`the training was answered by ${answer.type}`);
  const handle = answer.outputs["handle"]?.data[0];
  return { ms, summary: answer.training, handle: typeof handle === "string" ? handle : undefined };
}

/** Times a shipped model on one execution provider, after comparing its answer there with the golden answer. */

import type { Tensors } from "../../engines/engine.js";
import { type GoldenAnswer, mismatch, readGolden } from "../../engines/onnx/golden.js";
import { chooseVersions } from "../../engines/onnx/model-config.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import { probeMachine } from "../../engines/onnx/providers.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { type ModelSession, OnnxSession } from "../../engines/onnx/session.js";
import { TextSession } from "../../engines/onnx/text/text-session.js";
import { rowsLike } from "../../engines/onnx/warm-up.js";
import { inRepository } from "../harness/places.js";
import { median } from "../report.js";
import { DeviationCheck } from "./deviation-check.js";
import { timesOf } from "./job-times.js";
import type { ModelFigures, Rounds } from "./questions.js";

interface TimedModel {
  readonly model: string;
  readonly provider: ProviderName;
  readonly batches: readonly number[];
  readonly rounds: Rounds;
}

/** @throws Error when the model does not open on the provider, or its answer there is not the golden one */
export async function timeModel({ model, provider, batches, rounds }: TimedModel): Promise<ModelFigures> {
  const lacking = provider === "cuda" ? await probeMachine(provider) : undefined;
  if (lacking !== undefined) throw new Error(lacking);
  const source = await shippedSource(model);
  const golden = await readGolden(source.goldenPath);
  const started = performance.now();
  const session = await open(source, provider);
  const open_ms = performance.now() - started;
  try {
    const worst = await prove(session, golden);
    const one = rowsLike(golden.inputs, 1);
    const p50_ms = median(await timesOf(rounds, () => session.run(one, null)));
    const rows_per_second: Record<string, number> = {};
    for (const rows of batches) {
      const inputs = rowsLike(golden.inputs, rows);
      rows_per_second[rows] = (rows * 1_000) / median(await timesOf(rounds, () => session.run(inputs, null)));
    }
    return { worst, open_ms, p50_ms, rows_per_second };
  } finally {
    await session.close();
  }
}

async function shippedSource(model: string): Promise<ModelSource> {
  const folders = await new RepositoryReader(inRepository("models")).read();
  const folder = folders.find(({ name }) => name === model);
  if (folder === undefined) throw new Error(`no model ${model} is shipped`);
  const { config, versions } = folder;
  if ("reason" in config) throw new Error(config.reason);
  const [newest] = chooseVersions(
    config,
    versions.map(({ version }) => version),
  );
  const version = versions.find((each) => each.version === newest);
  if (version === undefined) throw new Error(`${model} has no version that would be served`);
  return sourceOf(config, version, null);
}

/** Opens the model without the gateway's check for a card: a software renderer is accepted here, and reported. */
function open(source: ModelSource, provider: ProviderName): Promise<ModelSession> {
  const threads = 0; // 0 lets ONNX Runtime choose: all cores
  if (source.tokenizer === undefined) return OnnxSession.open(source, threads, provider);
  return TextSession.open(source, threads, provider);
}

async function prove(session: ModelSession, golden: GoldenAnswer): Promise<number> {
  const { outputs } = await session.run(golden.inputs, null);
  const wrong = mismatch(golden, outputs);
  if (wrong !== undefined) throw new Error(`golden answer not reproduced: ${wrong}`);
  const close = new DeviationCheck(Number.POSITIVE_INFINITY);
  for (const [name, want] of Object.entries(golden.outputs))
    close.of(numbers(outputs, name), numbers(golden.outputs, name), `${name} of ${want.datatype}`);
  return close.worst;
}

function numbers(tensors: Tensors, name: string): number[] {
  const data = tensors[name]?.data ?? [];
  return Array.from<number | bigint | string | boolean>(data).map(Number).filter(Number.isFinite);
}

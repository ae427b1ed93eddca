/**
 * The models in one worker: opens versions, proves them on their golden answers, warms them up, runs and closes them.
 */

import type { ExecutionRequest, ExecutionResult } from "../engine.js";
import type { Host, OpenHost } from "../pool/host.js";
import { type GoldenAnswer, readGolden } from "./golden.js";
import { tryInline } from "./inline/inline-trial.js";
import type { LoadReport, ModelSource } from "./model-source.js";
import { openSession, reproduce } from "./open-session.js";
import { startFirst } from "./providers.js";
import { knownOrProven } from "./row-proof.js";
import type { ModelSession } from "./session.js";
import { TextSession } from "./text/text-session.js";
import { rowsLike } from "./warm-up.js";

/** Limit in milliseconds on warm-up runs: one full batch of a large model may take seconds. */
const warmUpMsMax = 2_000;

/** The settings with which the workers of models are started. */
export interface ModelSettings {
  /** Threads that ONNX Runtime may use within one run. */
  readonly intraOpThreads: number;
}

export const openHost: OpenHost<ModelSettings, ModelSource, LoadReport> = async ({ intraOpThreads }) =>
  new ModelHost(intraOpThreads);

export class ModelHost implements Host<ModelSource, LoadReport> {
  private readonly sessions = new Map<string, ModelSession>();

  constructor(private readonly intraOpThreads: number) {}

  async load(key: string, source: ModelSource): Promise<LoadReport> {
    const golden = await readGolden(source.goldenPath);
    const { session, fellBack } = await startFirst(source.providers, async (provider) => {
      const opened = await openSession(source, this.intraOpThreads, provider);
      try {
        await prove(opened, golden, source);
        return opened;
      } catch (error) {
        await opened.close();
        throw error;
      }
    });
    const batching = await knownOrProven(session, golden, source);
    if (session instanceof TextSession) session.apart = !batching.together;
    this.sessions.set(key, session);
    const inline = await tryInline(session, golden, source, batching, this.intraOpThreads);
    return { backend: session.backend, fellBack, batching, notes: session.notes, inline };
  }

  async unload(key: string): Promise<void> {
    const session = this.sessions.get(key);
    this.sessions.delete(key);
    await session?.close();
  }

  run({ key, inputs, outputs }: ExecutionRequest): Promise<ExecutionResult> {
    const session = this.sessions.get(key);
    if (session === undefined) throw new Error(`${key} is not loaded in this worker`);
    return session.run(inputs, outputs);
  }
}

/** Checks the golden answer, then runs each expected batch size once, so that no client waits for a first run. */
async function prove(session: ModelSession, golden: GoldenAnswer, source: ModelSource): Promise<void> {
  await reproduce(session, golden, source);
  const until = performance.now() + warmUpMsMax;
  for (const rows of source.warmRows)
    if (performance.now() < until) await session.run(rowsLike(golden.inputs, rows), null);
}

/**
 * Opens a second session of small models on the thread of the sockets, once a worker has proven and measured them. To
 * open one blocks the thread for a few milliseconds, so one is opened in a turn of the event loop, of small files only.
 */
import type { Logger } from "pino";
import type { Tensors } from "../../engines/engine.js";
import type { InlineTrial } from "../../engines/onnx/inline/trial-result.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import type { InlineEngine, InlineSession } from "../../engines/pool/inline-engine.js";
import type { InlineFigures } from "../catalog/catalog-entry.js";
import type { MemoryBudget } from "./memory-budget.js";

/** Runs of a new session before requests come to it: the first ones take five times as long as later ones. */
const warmUpRuns = 8;

/** Opens a session on the calling thread. */
export type OpenInline = (source: ModelSource) => Promise<InlineSession>;

export interface InlineModelsDependencies {
  readonly engine: Pick<InlineEngine, "open" | "close" | "rowsMax">;
  readonly budget: Pick<MemoryBudget, "extend">;
  /** Settles in a later turn of the event loop, for one caller in each turn. */
  readonly nextTurn: () => Promise<void>;
  readonly log: Logger;
  /** Milliseconds up to which a batch is short; 0: no model is computed on the thread of the sockets. */
  readonly runMs: number;
  readonly open: OpenInline;
}

export class InlineModels {
  /** The versions that were offered and not closed, with the reason why they have no session here. */
  private readonly offered = new Map<string, { reason?: string }>();

  constructor(private readonly dependencies: InlineModelsDependencies) {}

  /**
   * A worker has opened a version. Never throws: without a session here the worker computes every batch.
   * @param bytes that a session of it takes
   */
  async offer(key: string, source: ModelSource, trial: InlineTrial, bytes: number): Promise<void> {
    const { log } = this.dependencies;
    const offer: { reason?: string } = {};
    this.offered.set(key, offer);
    const reason = await this.tryOpening(key, source, trial, bytes).catch((error: unknown) => {
      log.warn({ model: key, err: error }, "a model was not opened on the thread of the sockets");
      return "it could not be opened there; the gateway's log says why";
    });
    if (reason !== undefined) offer.reason = reason;
  }

  /** The version is closed, or is about to be opened anew. */
  close(key: string): void {
    this.offered.delete(key);
    this.dependencies.engine.close(key);
  }

  statusOf(key: string): InlineFigures {
    const reason = this.offered.get(key)?.reason;
    return { rows: this.dependencies.engine.rowsMax(key), ...(reason !== undefined && { reason }) };
  }

  /** @returns why it is not opened here; undefined: it is */
  private async tryOpening(
    key: string,
    source: ModelSource,
    trial: InlineTrial,
    bytes: number,
  ): Promise<string | undefined> {
    const { runMs, budget, nextTurn, engine, open } = this.dependencies;
    if (runMs === 0) return "engine.inline_microseconds is 0";
    if (!trial.possible) return trial.reason;
    const { runs, sample } = trial;
    const [shortest = { ms: Infinity }] = runs;
    if (shortest.ms > runMs)
      return `a row takes ${Math.ceil(shortest.ms * 1_000)} us, more than the ${runMs * 1_000} of engine.inline_microseconds`;
    if (!budget.extend(key, bytes)) return "engine.model_memory_bytes has no room for a second session of it";
    const offer = this.offered.get(key);
    await nextTurn();
    if (this.offered.get(key) !== offer) return "it was closed meanwhile";
    const session = await open(source);
    try {
      const { outputs } = await session.run(sample.inputs, null);
      const differing = differingOutput(sample.outputs, outputs);
      if (differing !== undefined)
        throw new Error(`its output ${differing} has other bits there than in the worker`);
      for (let run = 1; run < warmUpRuns; run++) await session.run(sample.inputs, null);
      if (this.offered.get(key) !== offer) throw new Error("it was closed meanwhile");
    } catch (error) {
      session.close();
      throw error;
    }
    engine.open(key, session, runs);
    return undefined;
  }
}

/** The first output that does not have the same shape and the same bits. */
function differingOutput(expected: Tensors, found: Tensors): string | undefined {
  return Object.keys(expected).find((name) => {
    const [a, b] = [expected[name], found[name]];
    return (
      a === undefined || b === undefined || a.shape.join() !== b.shape.join() || !sameBits(a.data, b.data)
    );
  });
}

function sameBits(a: Tensors[string]["data"], b: Tensors[string]["data"]): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b)) return JSON.stringify(a) === JSON.stringify(b);
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

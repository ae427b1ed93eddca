/**
 * Opens versions in the worker pool: a proof first, then a reservation of memory, a few at once, and again when a
 * worker died meanwhile.
 */
import type { Logger } from "pino";
import type { LoadReport, ModelSource } from "../../engines/onnx/model-source.js";
import type { Proof } from "../../engines/onnx/proving/messages.js";
import { niceness } from "../../engines/onnx/proving/niceness.js";
import type { Pool, ReservedWorkers } from "../../engines/pool/pool.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { InlineFigures } from "../catalog/catalog-entry.js";
import type { Clock } from "../clock.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import type { AdmittedVersion, VersionAdmission } from "./admission.js";
import type { InlineModels } from "./inline-models.js";
import type { MemoryBudget, ResidentModel } from "./memory-budget.js";
import type { Proofs } from "./proofs.js";

export interface LoadRequest extends ReservedWorkers, Omit<ResidentModel, "bytes" | "fileBytes"> {
  readonly key: string;
  readonly source: ModelSource;
  /** Differs whenever one of its files does, or what the config says of it. */
  readonly stamp: string;
  /** Aborted when it is not to be served any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadResult {
  readonly report: LoadReport;
  readonly proof: Proof;
  /** The files that it was opened from. */
  readonly admitted: AdmittedVersion;
  /** Which of its batches are computed on the thread of the sockets, at present. */
  readonly inline: () => InlineFigures;
}

export interface LoaderDependencies {
  readonly log: Logger;
  readonly clock: Clock;
  readonly pool: Pool<ModelSource, LoadReport>;
  readonly metrics: RepositoryMetrics;
  readonly budget: MemoryBudget;
  readonly proofs: Pick<Proofs, "of">;
  readonly admission: VersionAdmission;
  readonly inline: Pick<InlineModels, "offer" | "statusOf">;
  /** Versions opened at once. */
  readonly atOnce: number;
  /** The niceness of the process that proves a version while requests are served. */
  readonly nice: number;
}

/** A worker that dies while it opens a model is restarted, and the model is opened again. */
const openAttempts = 3;
const openPauseMs = 500;

export class Loader {
  /** While the gateway starts no client waits for answers: versions are opened in the workers that models share. */
  starting = true;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly dependencies: LoaderDependencies) {}

  /** Whether only what is signed is served. */
  get requiresSignature(): boolean {
    return this.dependencies.admission.requiresSignature;
  }

  private get nice(): number {
    return this.starting ? niceness.alone : this.dependencies.nice;
  }

  /** @throws with the reason; nothing of the version is kept then */
  async open(opening: LoadRequest): Promise<LoadResult> {
    const admitted = await this.admit(opening);
    try {
      const request = { ...opening, source: admitted.source, stamp: admitted.stamp };
      const proof = await this.prove(request);
      const report = await this.loadInTurn(request, proof);
      return { proof, report, admitted, inline: () => this.dependencies.inline.statusOf(opening.key) };
    } catch (error) {
      admitted.release();
      throw error;
    }
  }

  private async admit({ key, source, stamp, signal }: LoadRequest): Promise<AdmittedVersion> {
    const { admission, metrics } = this.dependencies;
    try {
      return await admission.admit({ key, source, stamp, signal, nice: this.nice });
    } catch (error) {
      metrics.refused(source.signature);
      throw error;
    }
  }

  private async loadInTurn(opening: LoadRequest, proof: Proof): Promise<LoadReport> {
    await this.waitForSlot();
    try {
      return await this.load(opening, proof);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async prove({ key, source, stamp, signal }: LoadRequest): Promise<Proof> {
    const { proofs, metrics } = this.dependencies;
    try {
      return await proofs.of({ key, source, stamp, signal, nice: this.nice });
    } catch (error) {
      metrics.refused(source.signature);
      throw error;
    }
  }

  private async load(opening: LoadRequest, { memory, backend, batching: found }: Proof): Promise<LoadReport> {
    const { clock, log, metrics, budget, inline } = this.dependencies;
    const { key, count, busy, evict } = opening;
    const source = {
      ...opening.source,
      rows: { ...opening.source.rows, known: { backend, batching: found } },
    };
    const started = clock.now();
    try {
      const fileBytes = source.bytes * count;
      await budget.reserve(key, { bytes: memory.opening * count, fileBytes, busy, evict });
      const report = await this.attempt({ ...opening, source });
      budget.settle(key, memory.resident * count);
      await inline.offer(key, source, report.inline, memory.resident);
      // After the requests that waited for it, which it might never serve otherwise.
      clock.soon(() => budget.opened(key));
      const ms = Math.round(clock.now() - started);
      for (const { provider, reason } of report.fellBack) {
        metrics.providerFellBack(source.signature, provider);
        log.warn(
          { model: key, provider, reason, instead: report.backend },
          "an execution provider did not start",
        );
      }
      metrics.loaded(source.signature, ms);
      const { backend, notes } = report;
      log.info(
        { model: key, ms, backend, ...(notes.length > 0 && { notes }) },
        "model loaded, golden answer reproduced",
      );
      const { batching } = report;
      if (source.rows.maxBatchSize > 1 && !batching.together)
        log.warn({ model: key, reason: batching.reason }, "requests are computed one by one");
      return report;
    } catch (error) {
      budget.release(key);
      metrics.refused(source.signature);
      throw error;
    }
  }

  private async waitForSlot(): Promise<void> {
    while (!this.starting && this.running >= this.dependencies.atOnce)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private async attempt({ key, source, count, background }: LoadRequest): Promise<LoadReport> {
    const { pool } = this.dependencies;
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.starting && !background) return await pool.load(key, source, count);
        return await pool.loadInReservedWorkers(key, source, { count, background });
      } catch (error) {
        pool.unload(key);
        if (!(error instanceof HeadgateError && error.retryable) || attempt === openAttempts) throw error;
        await new Promise<void>((resolve) => setTimeout(resolve, openPauseMs * attempt));
      }
    }
  }
}

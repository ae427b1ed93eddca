/** Opens versions in the pool: memory first, a few at once, again when a worker died under them. */
import type { Logger } from "pino";
import type { LoadReport, ModelSource } from "../../engines/pool/messages.js";
import type { Aside, Pool } from "../../engines/pool/pool.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import { type MemoryBudget, memoryOf, type Resident } from "./memory-budget.js";

export interface Opening extends Aside, Omit<Resident, "bytes"> {
  readonly key: string;
  readonly source: ModelSource;
}

export interface LoaderWorld {
  readonly log: Logger;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly metrics: RepositoryMetrics;
  readonly budget: MemoryBudget;
  /** Versions opened at once. */
  readonly atOnce: number;
}

/** A worker that dies while it opens a model is restarted: then the model is opened again. */
const openAttempts = 3;
const openPauseMs = 500;

export class Loader {
  /** Nobody waits for answers yet: versions are opened in the workers that models share. */
  starting = true;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly world: LoaderWorld) {}

  /** @throws with the reason; nothing of it is kept then */
  async open(opening: Opening): Promise<LoadReport> {
    const { clock, log, metrics, budget } = this.world;
    const { key, source, busy, evict } = opening;
    await this.turn();
    const started = clock.now();
    try {
      const bytes = memoryOf(source.bytes, opening.count);
      await budget.reserve(key, { bytes, busy, evict });
      const report = await this.attempt(opening);
      clock.soon(() => budget.opened(key)); // once those who waited for it have it: else it might never serve them
      const ms = Math.round(clock.now() - started);
      for (const { provider, reason } of report.fellBack) {
        metrics.providerFellBack(source.signature, provider);
        log.warn(
          { model: key, provider, reason, instead: report.backend },
          "an execution provider did not start",
        );
      }
      metrics.loaded(source.signature, ms);
      log.info({ model: key, ms, backend: report.backend }, "model loaded, golden answer reproduced");
      return report;
    } catch (error) {
      budget.release(key);
      metrics.refused(source.signature);
      throw error;
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    while (!this.starting && this.running >= this.world.atOnce)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
  }

  private async attempt({ key, source, count, background }: Opening): Promise<LoadReport> {
    const { pool } = this.world;
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.starting && !background) return await pool.load(key, source, count);
        return await pool.loadAside(key, source, { count, background });
      } catch (error) {
        pool.unload(key);
        if (!(error instanceof HeadgateError && error.retryable) || attempt === openAttempts) throw error;
        await new Promise<void>((resolve) => setTimeout(resolve, openPauseMs * attempt));
      }
    }
  }
}

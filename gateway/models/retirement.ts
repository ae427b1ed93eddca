/** Closes versions: at once when they have no requests, else once those are answered. */
import { engineKey, type Servable } from "../../engines/servable.js";
import type { Clock } from "../clock.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { pause } from "../waiting/pause.js";
import type { MemoryBudget } from "./memory-budget.js";

export interface RetirementDependencies {
  readonly clock: Clock;
  readonly pool: { unload(key: string): void };
  readonly inline: { close(key: string): void };
  readonly scheduler: Pick<Scheduler, "busy" | "forget">;
  readonly budget: MemoryBudget;
  readonly metrics: RepositoryMetrics;
  /** Removes the version's cached answers. */
  readonly forgetAnswers: (servable: Servable) => void;
}

/** Milliseconds between two checks whether a version has answered all its requests, each of which has a deadline. */
const lookMs = 20;

export class VersionRetirement {
  constructor(private readonly dependencies: RetirementDependencies) {}

  busy(servable: Servable): boolean {
    return this.dependencies.scheduler.busy(engineKey(servable));
  }

  /** Closes a version that is idle; it may be opened again. */
  evict(servable: Servable): void {
    this.close(servable, "evicted");
  }

  /**
   * Closes a version that gets no further requests.
   * @param opening settles once it is no longer being opened
   */
  async retire(servable: Servable, opening?: Promise<void>): Promise<void> {
    const { clock, forgetAnswers } = this.dependencies;
    await opening?.catch(() => {});
    do
      await pause(lookMs, clock); // requests that waited for it go first
    while (this.busy(servable));
    this.close(servable, "retired");
    forgetAnswers(servable);
  }

  private close(servable: Servable, reason: "evicted" | "retired"): void {
    const { pool, inline, scheduler, budget, metrics } = this.dependencies;
    const key = engineKey(servable);
    inline.close(key);
    pool.unload(key);
    scheduler.forget(key);
    budget.release(key);
    metrics.unloaded(servable.signature, reason);
  }
}

/** Creates the catalog, including the fits, and the scheduler between requests and workers. */
import { engineKey, type Servable } from "../../engines/servable.js";
import { Catalog } from "../catalog/catalog.js";
import { fitServables } from "../fits/fit-servables.js";
import type { BatchPart } from "../observe/traffic.js";
import { fitLimits } from "../scheduling/fit-limits.js";
import { Scheduler } from "../scheduling/scheduler.js";
import type { EngineServices } from "./engines.js";
import type { CommonServices } from "./options.js";
import { Signal } from "./signal.js";

export interface SchedulingServices {
  readonly catalog: Catalog;
  readonly scheduler: Scheduler;
  /** Emitted when a batch of the servable was computed. */
  readonly used: Signal<Servable>;
}

export function openScheduling(
  { config, log, clock, metrics, traffic }: CommonServices,
  { inline, idle }: EngineServices,
): SchedulingServices {
  const used: SchedulingServices["used"] = new Signal();
  const heard = {
    batch: (
      servable: Servable,
      rows: number,
      computeMs: number,
      parts: readonly BatchPart[],
      isInline: boolean,
    ) => {
      metrics.computed(servable, rows, computeMs, isInline);
      if (!isInline) inline.computedInWorker(engineKey(servable), rows, computeMs);
      traffic.listener?.computed(servable, rows, computeMs, parts);
      used.emit(servable);
    },
    failed: (servable: Servable, error: unknown) =>
      log.warn({ model: servable.signature.name, err: error }, "a batch failed"),
  };
  const scheduler = new Scheduler(inline, clock, heard, fitLimits(config));
  idle.listen(scheduler.schedule);
  metrics.read({ pending: (key) => scheduler.pendingOf(key) });
  const { default_timeout_ms: defaultTimeoutMs, fit_queue_size: maxQueueSize } = config.scheduling;
  const catalog = new Catalog(clock);
  for (const servable of fitServables({ maxQueueSize, defaultTimeoutMs }))
    catalog.set(servable, { kind: "ready" });
  return { catalog, scheduler, used };
}

/** One queue for each servable, with the measured speed of that servable. */
import type { Lane } from "../../engines/lane.js";
import { engineKey, type Servable, servableKey } from "../../engines/servable.js";
import { BatchSize } from "./batch-size.js";
import { FitCosts } from "./fit-costs.js";
import { ModelQueue } from "./model-queue.js";
import { AdmissionProbes } from "./probes.js";
import type { QueuedRequest } from "./queued-request.js";
import { RobustMean } from "./robust-mean.js";
import { ServiceTime } from "./service-time.js";

export interface ServableQueue {
  readonly servable: Servable;
  readonly lane: Lane;
  /** The key of the servable in the engines. */
  readonly key: string;
  readonly requests: ModelQueue<QueuedRequest>;
  runningRows: number;
  readonly service: ServiceTime;
  /** Measured milliseconds of compute for each row of a batch. */
  readonly rowMs: RobustMean;
  /** Measured cost of fits, by their size. */
  readonly costs: FitCosts;
  readonly batchSize: BatchSize;
  readonly probes: AdmissionProbes;
}

export class ServableQueues {
  private readonly byKey = new Map<string, ServableQueue>();
  /** The same queues by servable object, because each request looks its queue up by that. */
  private readonly byServable = new WeakMap<Servable, ServableQueue>();

  of(servable: Servable): ServableQueue {
    const known = this.byServable.get(servable);
    if (known !== undefined) return known;
    const queue = {
      servable,
      lane: servable.lane,
      key: engineKey(servable),
      requests: new ModelQueue<QueuedRequest>(servable.scheduling),
      runningRows: 0,
      service: new ServiceTime(),
      rowMs: new RobustMean(),
      costs: new FitCosts(),
      batchSize: new BatchSize(Math.max(1, servable.scheduling.maxBatchSize)),
      probes: new AdmissionProbes(),
    };
    this.byKey.set(queue.key, queue);
    this.byServable.set(servable, queue);
    return queue;
  }

  /** The number of requests that wait for a version, in any state of its files. */
  pendingOf(key: string): number {
    let size = 0;
    for (const queue of this.byKey.values())
      if (servableKey(queue.servable.signature) === key) size += queue.requests.size;
    return size;
  }

  /** Whether a servable, by its engine key, has requests that wait or run. */
  busy(key: string): boolean {
    const queue = this.byKey.get(key);
    return queue !== undefined && (queue.requests.size > 0 || queue.runningRows > 0);
  }

  /** Deletes the queue and the measured speed of a servable that is not busy. */
  forget(key: string): void {
    const queue = this.byKey.get(key);
    if (queue === undefined || this.busy(key)) return;
    this.byKey.delete(key);
    this.byServable.delete(queue.servable);
  }
}

/** The milliseconds that a tenant is charged in advance for a request, before its real cost is measured. */
export function expectedMs(
  queue: ServableQueue,
  { rows, costClass }: Pick<QueuedRequest, "rows" | "costClass">,
): number {
  if (queue.lane.inBatches) return rows * (queue.rowMs.mean ?? 1);
  return queue.costs.expectedMs(costClass) ?? 1;
}

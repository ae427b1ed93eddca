/** A scheduler, its requests, and all the answers they received. */
import type { Servable } from "../../engines/servable.js";
import type { FitLimits } from "../../gateway/scheduling/fit-limits.js";
import type { Answer, InferenceJob, QueuedRequest } from "../../gateway/scheduling/queued-request.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import type { HeadgateError } from "../../protocol/errors.js";
import { FakeClock } from "./clock.js";
import { ScriptedEngine } from "./engine.js";
import { job } from "./servables.js";

/**
 * A scheduler over workers that finish a run when the test says so.
 * @param room the number of runs that a worker executes side by side
 */
export function harness(room = 1, fits?: FitLimits) {
  const clock = new FakeClock();
  const engine = new ScriptedEngine(room, () => clock.now());
  const failures: unknown[] = [];
  const batches: number[] = [];
  const heard = {
    batch: (_: Servable, rows: number) => batches.push(rows),
    failed: (_: Servable, error: unknown) => failures.push(error),
  };
  const scheduler = new Scheduler(engine, clock, heard, fits);
  engine.idle = scheduler.schedule;
  const submit = (servable: Servable, value: number, overrides: Partial<InferenceJob> = {}) =>
    watched(scheduler.submit(job(servable, value, overrides)));
  return { clock, engine, scheduler, submit, failures, batches };
}

export interface Watched {
  readonly request: QueuedRequest;
  /** Every answer or error that the request received. */
  readonly ends: (Answer | HeadgateError)[];
}

function watched(request: QueuedRequest): Watched {
  const ends: (Answer | HeadgateError)[] = [];
  request.answer.then(
    (answer) => ends.push(answer),
    (error: HeadgateError) => ends.push(error),
  );
  return { request, ends };
}

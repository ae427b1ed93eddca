/**
 * Ends the gateway's workers under load, as a crash would, and measures how long each group was without an answer.
 */
import { pause, type Span, since } from "./due.js";
import type { Target } from "./gateway.js";
import type { Recorder } from "./recorder.js";
import type { Scenario } from "./scenario.js";

export interface WorkerDeath {
  /** Seconds from the start. */
  readonly at: number;
  /** The lane of the ended thread: `models` or `numerics`. */
  readonly lane: string;
  /**
   * For each group, the milliseconds until a request that was sent after the end of the worker was answered; null
   * when none was.
   */
  readonly backMs: Readonly<Record<string, number | null>>;
}

export interface WorkerDeaths {
  readonly planned: number;
  readonly deaths: readonly WorkerDeath[];
  /** The reason why no workers could be ended. */
  readonly cannot?: string;
}

const elsewhere =
  "no worker was ended: this gateway runs already, and the harness can end the workers only of a gateway that it " +
  "starts itself. What was measured is the load without a crash. Run it without --url, or kill a worker there by hand";

interface InstanceGroup {
  readonly name: string;
  readonly recorder: Recorder;
}

export async function endWorkers(
  scenario: Scenario,
  target: Target,
  groups: readonly InstanceGroup[],
  span: Span,
  say: (line: string) => void,
): Promise<WorkerDeaths | undefined> {
  const { end_worker_every_seconds: seconds } = scenario;
  if (seconds === undefined) return undefined;
  const times = timesOf(seconds * 1_000, span);
  const { endWorker } = target;
  if (endWorker === undefined) {
    say(`  ${elsewhere}`);
    return { planned: times.length, deaths: [], cannot: elsewhere };
  }
  const deaths: WorkerDeath[] = [];
  for (const time of times) {
    await pause(Math.max(0, time - since(span)));
    const lane = await endWorker();
    const at = since(span);
    const backMs: Record<string, number | null> = {};
    for (const { name, recorder } of groups) {
      backMs[name] = null;
      recorder.whenAnswered(at, (answeredAt) => {
        backMs[name] = answeredAt - at;
      });
    }
    deaths.push({ at: at / 1_000, lane, backMs });
    say(`  ${(at / 1_000).toFixed(1)} s: a worker of ${lane} was ended`);
  }
  return { planned: times.length, deaths };
}

/** The first end is after half a period; the last is early enough that its effect can be measured. */
function timesOf(everyMs: number, { warmupMs, endMs }: Span): number[] {
  const times: number[] = [];
  for (let time = warmupMs + everyMs / 2; time + everyMs / 2 <= endMs; time += everyMs) times.push(time);
  return times;
}

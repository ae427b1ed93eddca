/** Runs a scenario against a gateway: all groups at once, with a report each second, until the scenario's end. */

import { type Span, since } from "./due.js";
import { gauge, type Target } from "./gateway.js";
import { type GroupResult, runGroup } from "./group-result.js";
import { GroupThread } from "./group-thread.js";
import { type PreparedGroup, prepare } from "./prepare.js";
import type { Scenario } from "./scenario.js";
import { type WitnessResult, witnessed } from "./witnessed.js";
import { endWorkers, type WorkerDeaths } from "./worker-deaths.js";

/** The gateway's own metrics in one second. */
export interface GatewayReading {
  readonly at: number;
  /** Requests that wait for a worker. */
  readonly queued: number;
  readonly residentMb: number;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly about: string;
  readonly seconds: number;
  readonly groups: readonly GroupResult[];
  readonly readings: readonly GatewayReading[];
  /** For a scenario that ends the gateway's workers. */
  readonly workers?: WorkerDeaths;
  /** For a scenario with witness groups. */
  readonly witnessed?: WitnessResult;
}

export async function runScenario(
  scenario: Scenario,
  target: Target,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const warmupMs = scenario.warmup_seconds * 1_000;
  const measured = scenario.groups.filter((group) => group.measured);
  const others = scenario.groups.filter((group) => !group.measured);
  const groups = await Promise.all(measured.map((group) => prepare(group, scenario, target)));
  const threads = await Promise.all(others.map((group) => GroupThread.prepare(group, scenario, target)));
  const span = { startAt: performance.now(), warmupMs, endMs: warmupMs + scenario.seconds * 1_000 };
  const readings: GatewayReading[] = [];
  const watching = setInterval(() => void watch(groups, target, span, readings, say), 1_000);
  const named = groups.map(({ group, recorder }) => ({ name: group.name, recorder }));
  try {
    const [workers, ...results] = await Promise.all([
      endWorkers(scenario, target, named, span, say),
      ...groups.map((group) => runGroup(group, scenario, span)),
      ...threads.map((group) => group.run(span)),
    ]);
    const { name, about, seconds } = scenario;
    const account = witnessed(results);
    return {
      scenario: name,
      about,
      seconds,
      groups: results,
      readings,
      ...(workers && { workers }),
      ...(account && { witnessed: account }),
    };
  } finally {
    clearInterval(watching);
    await Promise.all([...groups, ...threads].map((group) => group.end()));
  }
}

async function watch(
  groups: readonly PreparedGroup[],
  target: Target,
  span: Span,
  readings: GatewayReading[],
  say: (line: string) => void,
): Promise<void> {
  const at = since(span) / 1_000;
  const metrics = await target.metrics();
  if (metrics === undefined) return;
  const queued = gauge(metrics, "headgate_inference_pending_request_count");
  const residentMb = gauge(metrics, "headgate_process_resident_memory_bytes") / 1e6;
  readings.push({ at, queued, residentMb });
  const told = groups.map(progress).join("; ");
  say(`  ${at.toFixed(0)} s: ${told}; ${queued} queued, ${residentMb.toFixed(0)} MB`);
}

function progress({ group, recorder }: PreparedGroup): string {
  const { answers, errors, latency } = recorder.summary(1);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return `${group.name} ${answers} answered, ${failed} not, p99 ${latency?.p99.toFixed(1) ?? "–"} ms`;
}

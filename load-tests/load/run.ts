/** Runs a scenario against a gateway: all its groups at once, told every second, ended by itself. */
import { type Span, since } from "./due.js";
import { gauge, type Target } from "./gateway.js";
import { prepare, type Ready } from "./prepare.js";
import type { Second, Summary } from "./recorder.js";
import type { Group, Scenario } from "./scenario.js";
import { type Witnessed, witnessed } from "./witnessed.js";
import { endWorkers, type WorkerDeaths } from "./worker-deaths.js";

export interface GroupResult {
  readonly name: string;
  readonly kind: Group["kind"];
  readonly measured: boolean;
  readonly summary: Summary;
  readonly timeline: readonly Second[];
  /** Of deaf sockets: closes by code. */
  readonly closes?: Readonly<Record<string, number>>;
}

/** What the gateway said of itself, second by second. */
export interface Reading {
  readonly at: number;
  /** Requests that wait for compute. */
  readonly queued: number;
  readonly residentMb: number;
}

export interface Result {
  readonly scenario: string;
  readonly about: string;
  readonly seconds: number;
  readonly groups: readonly GroupResult[];
  readonly readings: readonly Reading[];
  /** Of a scenario that ends the gateway's workers. */
  readonly workers?: WorkerDeaths;
  /** Of its witnesses. */
  readonly witnessed?: Witnessed;
}

export async function runScenario(
  scenario: Scenario,
  target: Target,
  say: (line: string) => void,
): Promise<Result> {
  const warmupMs = scenario.warmup_seconds * 1_000;
  const groups = await Promise.all(scenario.groups.map((group) => prepare(group, scenario, target)));
  const span = { startAt: performance.now(), warmupMs, endMs: warmupMs + scenario.seconds * 1_000 };
  const readings: Reading[] = [];
  const watching = setInterval(() => void watch(groups, target, span, readings, say), 1_000);
  const named = groups.map(({ group, recorder }) => ({ name: group.name, recorder }));
  try {
    const [workers, ...results] = await Promise.all([
      endWorkers(scenario, target, named, span, say),
      ...groups.map((group) => runGroup(group, scenario, span)),
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
    await Promise.all(groups.map((group) => group.end()));
  }
}

async function watch(
  groups: readonly Ready[],
  target: Target,
  span: Span,
  readings: Reading[],
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

async function runGroup(
  { group, recorder, go }: Ready,
  scenario: Scenario,
  span: Span,
): Promise<GroupResult> {
  const closes = await go(span);
  return {
    name: group.name,
    kind: group.kind,
    measured: group.measured,
    summary: recorder.summary(scenario.seconds),
    timeline: recorder.timeline(),
    ...(closes !== undefined && { closes }),
  };
}

function progress({ group, recorder }: Ready): string {
  const { answers, errors, latency } = recorder.summary(1);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return `${group.name} ${answers} answered, ${failed} not, p99 ${latency.p99.toFixed(1)} ms`;
}

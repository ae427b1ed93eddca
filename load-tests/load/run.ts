/** Runs a scenario against a gateway: all its groups at once, told every second, ended by itself. */
import { connect, type Gate } from "headgate-client";
import { askInLanes, askOpenly, comeAndGo, inputOf, type Span } from "./asking.js";
import { askDeaf } from "./deaf.js";
import { gauge, type Target } from "./gateway.js";
import { Recorder, type Second, type Summary } from "./recorder.js";
import type { Group, Scenario } from "./scenario.js";

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
}

export async function runScenario(
  scenario: Scenario,
  target: Target,
  say: (line: string) => void,
): Promise<Result> {
  const warmupMs = scenario.warmup_seconds * 1_000;
  const runs = await Promise.all(scenario.groups.map((group) => prepared(group, target)));
  const span = { startAt: performance.now(), warmupMs, endMs: warmupMs + scenario.seconds * 1_000 };
  const readings: Reading[] = [];
  const watching = setInterval(() => void watch(), 1_000);
  const watch = async () => {
    const at = (performance.now() - span.startAt) / 1_000;
    const metrics = await target.metrics();
    if (metrics === undefined) return;
    const queued = gauge(metrics, "headgate_inference_pending_request_count");
    const residentMb = gauge(metrics, "headgate_process_resident_memory_bytes") / 1e6;
    readings.push({ at, queued, residentMb });
    say(
      `  ${at.toFixed(0)} s: ${runs.map(progress).join("; ")}; ${queued} queued, ${residentMb.toFixed(0)} MB`,
    );
  };
  try {
    const groups = await Promise.all(runs.map((run) => runGroup(run, scenario, target, span)));
    return { scenario: scenario.name, about: scenario.about, seconds: scenario.seconds, groups, readings };
  } finally {
    clearInterval(watching);
    await Promise.all(runs.flatMap(({ gates }) => gates.map((gate) => gate.close())));
  }
}

interface Run {
  readonly group: Group;
  readonly gates: readonly Gate[];
  readonly recorder: Recorder;
}

async function prepared(group: Group, target: Target): Promise<Run> {
  inputOf(group, 0);
  const opened = group.kind === "open" || group.kind === "closed" ? group.sockets : 0;
  const gates: Gate[] = [];
  // A hundred at a time: thousands at once would be refused by a listen queue.
  while (gates.length < opened) {
    const count = Math.min(100, opened - gates.length);
    gates.push(...(await Promise.all(Array.from({ length: count }, () => open(group, target)))));
  }
  return { group, gates, recorder: new Recorder() };
}

function open(group: Group, target: Target): Promise<Gate> {
  const token = target.token(group.tenant);
  return connect(target.url, { attemptsMax: 1, ...(token !== undefined && { token }) });
}

async function runGroup(
  { group, gates, recorder }: Run,
  scenario: Scenario,
  target: Target,
  span: Span,
): Promise<GroupResult> {
  let closes: Record<string, number> | undefined;
  if (group.kind === "open") await askOpenly(group, gates, recorder, span, scenario);
  else if (group.kind === "closed") await askInLanes(group, gates, recorder, span);
  else if (group.kind === "churn") await comeAndGo(group, () => open(group, target), recorder, span);
  else closes = await askDeaf(group, target, span.endMs);
  return {
    name: group.name,
    kind: group.kind,
    measured: group.measured,
    summary: recorder.summary(scenario.seconds),
    timeline: recorder.timeline(),
    ...(closes !== undefined && { closes }),
  };
}

function progress({ group, recorder }: Run): string {
  const { answers, errors, latency } = recorder.summary(1);
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return `${group.name} ${answers} answered, ${failed} not, p99 ${latency.p99.toFixed(1)} ms`;
}

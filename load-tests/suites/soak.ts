/** Runs all kinds of load at once for minutes: memory must stay level, and every request must get one answer. */
import { ownGateway } from "../load/gateway.js";
import { type GatewayReading, runScenario, type ScenarioResult } from "../load/run.js";
import { readScenario } from "../load/scenario.js";
import { cost, median, type ReportRow } from "../report.js";

export async function soak(
  say: (line: string) => void,
  { minutes = 10 }: { readonly minutes?: number } = {},
): Promise<ReportRow[]> {
  const scenario = { ...readScenario("soak"), seconds: minutes * 60 };
  const target = await ownGateway(scenario);
  try {
    return rowsOf(await runScenario(scenario, target, say), scenario.warmup_seconds, minutes);
  } finally {
    await target.stop();
  }
}

function rowsOf({ groups, readings }: ScenarioResult, warmupSeconds: number, minutes: number): ReportRow[] {
  const sum = (of: (group: ScenarioResult["groups"][number]) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  const failed = sum(({ summary }) => Object.values(summary.errors).reduce((all, count) => all + count, 0));
  const asked = sum(({ summary }) => summary.asked);
  const answers = sum(({ summary }) => summary.answers);
  const warm = readings.filter(({ at }) => at >= warmupSeconds);
  const fifth = Math.max(1, Math.floor(warm.length / 5));
  const memory = (of: readonly GatewayReading[]) => median(of.map(({ residentMb }) => residentMb));
  const nothing = { peer: null, peer_value: null, ratio: null };
  return [
    { ...nothing, name: `requests in ${minutes} minutes`, unit: "requests", value: asked },
    { ...nothing, name: "without an answer or an error", unit: "requests", value: asked - answers - failed },
    { ...nothing, name: "answered by an error", unit: "requests", value: failed },
    cost(
      "memory at the end",
      "MB",
      memory(warm.slice(-fifth)),
      "after the first minute",
      memory(warm.slice(0, fifth)),
    ),
  ];
}

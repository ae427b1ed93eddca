/**
 * The fate of requests under overload: scenarios of the load harness, each compared with the same gateway without the
 * overload.
 */

import { ownGateway } from "../load/gateway.js";
import type { GroupResult } from "../load/group-result.js";
import { runScenario, type ScenarioResult } from "../load/run.js";
import { type AskingGroup, parseScenario, readScenario, type Scenario } from "../load/scenario.js";
import { cost, type ReportRow, rate } from "../report.js";
import { longestTurn } from "./longest-turn.js";

type PrintLine = (line: string) => void;

export async function overload(say: PrintLine): Promise<ReportRow[]> {
  return [
    ...(await deadlineStorm(say)),
    ...(await noisyNeighbour(say)),
    ...(await halfOfTheMost(say)),
    ...(await longestTurn(say)),
  ];
}

/**
 * Three times the load that the gateway can serve: requests that are answered must be answered in time, and the
 * others must be refused at once.
 */
async function deadlineStorm(say: PrintLine): Promise<ReportRow[]> {
  const storm = readScenario("deadline-storm");
  const [asked] = storm.groups as [AskingGroup];
  const most = perSecond(await run(closedLoop(asked, 8), say), "most");
  const groups = storm.groups.map((group) => ({ ...group, rate: 3 * most }));
  const { summary } = groupOf(await run(parseScenario({ ...storm, groups }, storm.name), say), asked.name);
  const late = summary.errors["late"] ?? 0;
  const name = "deadline-storm, three times what can be done";
  return [
    {
      ...nothing,
      name: `${name}: answers that came late`,
      unit: "%",
      value: late + summary.answers === 0 ? null : (100 * late) / (late + summary.answers),
    },
    cost(`${name}: refused after, p50`, "ms", summary.refusal?.p50 ?? null, "the aim", 2),
    rate(`${name}: answered in time`, "1/s", summary.perSecond, "a closed loop's rate", most),
  ];
}

async function noisyNeighbour(say: PrintLine): Promise<ReportRow[]> {
  const shipped = readScenario("noisy-neighbour");
  const [asked] = shipped.groups as [AskingGroup];
  const most = perSecond(await run(closedLoop(asked, 8), say), "most");
  const groups = shipped.groups.map((group) => (group.measured ? group : { ...group, rate: 10 * most }));
  const both = parseScenario({ ...shipped, groups }, shipped.name);
  const alone = { ...both, groups: both.groups.filter(({ measured }) => measured) };
  const quiet = async (scenario: Scenario) => groupOf(await run(scenario, say), "quiet").summary.latency;
  const without = await quiet(alone);
  const beside = await quiet(both);
  return [
    cost(
      "noisy-neighbour: p99 of the quiet tenant",
      "ms",
      beside?.p99 ?? null,
      "alone",
      without?.p99 ?? null,
    ),
    cost(
      "noisy-neighbour: p50 of the quiet tenant",
      "ms",
      beside?.p50 ?? null,
      "alone",
      without?.p50 ?? null,
    ),
  ];
}

/**
 * An open loop reaches less than a closed one: lanes that wait for each other's batches fill the messages, and
 * requests that come one by one do not. This row is the largest rate, among shares of the closed loop's, whose
 * answers come back in time.
 */
async function halfOfTheMost(say: PrintLine): Promise<ReportRow[]> {
  const steady = readScenario("steady");
  const [asked] = steady.groups as [AskingGroup];
  const at = async (rate: number) => {
    const groups = steady.groups.map((group) => ({ ...group, rate }));
    return groupOf(await run(parseScenario({ ...steady, groups }, steady.name), say), asked.name).summary;
  };
  const closed = perSecond(await run(closedLoop(asked, 256), say), "most");
  let most = 0;
  for (const share of [0.25, 0.5, 0.75]) most = Math.max(most, (await at(share * closed)).perSecond);
  const { latency, perSecond: answered } = await at(most / 2);
  return [
    { ...nothing, name: "answers of the open loop at that half", unit: "1/s", value: answered },
    cost(
      "open loop at half of the most: p99",
      "ms",
      latency?.p99 ?? null,
      "five times its p50",
      latency === null ? null : 5 * latency.p50,
    ),
  ];
}

/** The same request in lanes that wait for their answers, which measures the most that the machine can serve. */
function closedLoop({ model, shape, sockets }: AskingGroup, lanes: number): Scenario {
  const group = { kind: "closed", name: "most", sockets, model, shape, lanes };
  return parseScenario(
    { name: "most", about: `${model}, as fast as it goes`, seconds: 5, groups: [group] },
    "most",
  );
}

async function run(scenario: Scenario, say: PrintLine): Promise<ScenarioResult> {
  say(`  ${scenario.name}: ${scenario.about}`);
  const target = await ownGateway(scenario);
  try {
    return await runScenario(scenario, target, () => {});
  } finally {
    await target.stop();
  }
}

function groupOf({ groups }: ScenarioResult, name: string): GroupResult {
  const found = groups.find((group) => group.name === name);
  if (found === undefined) throw new Error(`no group ${name}`);
  return found;
}

const perSecond = (result: ScenarioResult, name: string) => groupOf(result, name).summary.perSecond;

const nothing = { peer: null, peer_value: null, ratio: null };

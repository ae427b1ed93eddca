/** Prepares each group before the run begins: opens its sockets and warms up its streams. */
import { connect, type Gate } from "../../client/typescript/index.js";
import { askInLanes, askOpenly, comeAndGo, inputOf } from "./asking.js";
import { askDeaf } from "./deaf.js";
import type { Span } from "./due.js";
import { endFanout, feedAndListen, openFanout } from "./fanout.js";
import type { Target } from "./gateway.js";
import { Recorder } from "./recorder.js";
import type { Group, GroupOf, Scenario } from "./scenario.js";
import { askAndWitness, openWitness } from "./witness.js";

export interface PreparedGroup {
  readonly group: Group;
  readonly recorder: Recorder;
  /**
   * Runs until the end of the span and until every request has its outcome. For sockets that never read, it returns
   * their closes by code.
   */
  go(span: Span): Promise<Readonly<Record<string, number>> | undefined>;
  end(): Promise<void>;
}

export async function prepare(group: Group, scenario: Scenario, target: Target): Promise<PreparedGroup> {
  const recorder = new Recorder();
  if (group.kind !== "fanout") inputOf(group, 0);
  return { group, recorder, ...(await doing(group, scenario, target, recorder)) };
}

type GroupRun = Pick<PreparedGroup, "go" | "end">;

async function doing(
  group: Group,
  scenario: Scenario,
  target: Target,
  recorder: Recorder,
): Promise<GroupRun> {
  const nothing = async () => {};
  switch (group.kind) {
    case "open": {
      const gates = await openAll(group, target);
      return {
        go: quietly((span) => askOpenly(group, gates, recorder, span, scenario)),
        end: closing(gates),
      };
    }
    case "closed": {
      const gates = await openAll(group, target);
      return { go: quietly((span) => askInLanes(group, gates, recorder, span)), end: closing(gates) };
    }
    case "churn":
      return {
        go: quietly((span) => comeAndGo(group, () => open(group, target), recorder, span)),
        end: nothing,
      };
    case "deaf":
      return { go: ({ endMs }) => askDeaf(group, target, endMs), end: nothing };
    case "witness": {
      const clients = await openWitness(group, target);
      const end = async () => {
        for (const client of clients) client.close();
      };
      return { go: quietly((span) => askAndWitness(group, clients, recorder, span, scenario)), end };
    }
    case "fanout": {
      const feeding = await openFanout(group, target, await open(group, target));
      return {
        go: quietly((span) => feedAndListen(group, feeding, recorder, span)),
        end: () => endFanout(feeding),
      };
    }
  }
}

const quietly = (run: (span: Span) => Promise<void>) => async (span: Span) => {
  await run(span);
  return undefined;
};

const closing = (gates: readonly Gate[]) => async () => {
  await Promise.all(gates.map((gate) => gate.close()));
};

async function openAll(group: GroupOf<"open" | "closed">, target: Target): Promise<Gate[]> {
  const gates: Gate[] = [];
  // A hundred at a time: the listen queue would refuse thousands at once.
  while (gates.length < group.sockets) {
    const count = Math.min(100, group.sockets - gates.length);
    gates.push(...(await Promise.all(Array.from({ length: count }, () => open(group, target)))));
  }
  return gates;
}

function open(group: Group, target: Target): Promise<Gate> {
  const token = target.token(group.tenant);
  return connect(target.url, { attemptsMax: 1, ...(token !== undefined && { token }) });
}

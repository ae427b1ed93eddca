/**
 * Replays twenty years through the gateway: a feed observes each day, agents send questions at each close, and a
 * subscriber receives the changes. All of them have only the gateway's address.
 */
import { setTimeout } from "node:timers/promises";
import { type Change, connect, type Gate, type RegimePath } from "../../client/typescript/index.js";
import { Agent, type DeskAnswer } from "./agent.js";
import type { Bar } from "./bars.js";
import { desks } from "./desks.js";
import { Feed } from "./feed.js";
import { Market } from "./market.js";
import { streamName } from "./parameters.js";
import { resumed, Subscriber, wrongWith } from "./subscriber.js";
import { Tally } from "./tally.js";

export interface ReplayOptions {
  readonly url: string;
  readonly bars: readonly Bar[];
  /** Trading days a second; undefined: as fast as the gateway answers. */
  readonly speed: number | undefined;
  /** Stops the replay after the current day. */
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
  readonly onDay: (bar: Bar, days: number, requests: number) => void;
}

export interface ReplayResult {
  readonly observations: number;
  readonly changes: readonly Change[];
  /** The regime that the gateway reported for each day on that day, as far back as the gateway remembers. */
  readonly path: RegimePath | undefined;
  readonly answers: readonly DeskAnswer[];
  /** The agents' requests, by model. */
  readonly models: ReadonlyMap<string, Tally>;
  readonly observes: Tally;
  /** Problems that no single request's error reports. */
  readonly problems: readonly string[];
}

const topic = `regime.${streamName}`;

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const gates: Gate[] = [];
  const join = async (client: string) => {
    const gate = await connect(options.url, { client });
    gates.push(gate);
    return gate;
  };
  try {
    const subscriber = await Subscriber.join(await join("subscriber"), topic, options.onChange);
    const feed = await Feed.open(await join("feed"));
    const agents: Agent[] = [];
    for (const desk of desks) agents.push(new Agent(desk, await join(desk.name)));
    await everyDay(options, feed, agents);
    await Promise.all([feed, ...agents].map((each) => each.settled()));

    const late = await join("late subscriber");
    const again = await resumed(late, topic, subscriber.beginning);
    const { path } = await late.streamState(streamName, { path: "filtered", limit: options.bars.length });
    await subscriber.awaitChanges(again.changes.length);
    return {
      observations: feed.observations,
      changes: subscriber.changes,
      path,
      answers: agents.flatMap(({ answers }) => answers),
      models: new Map(agents.flatMap(({ tallies }) => [...tallies])),
      observes: feed.tally,
      problems: options.signal.aborted
        ? []
        : [...unobserved(options.bars, feed), ...wrongWith(subscriber.changes, again)],
    };
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
  }
}

function unobserved(bars: readonly Bar[], { observations }: Feed): readonly string[] {
  const returns = bars.length - 1;
  return observations === returns ? [] : [`${observations} of ${returns} returns were taken`];
}

/** Replays day by day: the next day closes when every agent has sent its questions about this one. */
async function everyDay(
  { bars, speed, signal, onDay }: ReplayOptions,
  feed: Feed,
  agents: readonly Agent[],
): Promise<void> {
  const market = new Market();
  const started = performance.now();
  for (const bar of bars) {
    if (signal.aborted) return;
    market.close(bar);
    await Promise.all([feed.observe(market), ...agents.map((agent) => agent.ask(market))]);
    onDay(bar, market.days, Tally.requests(agents.flatMap(({ tallies }) => [...tallies.values()])));
    if (speed !== undefined) await pause(started + (market.days / speed) * 1_000, signal);
  }
}

async function pause(until: number, signal: AbortSignal): Promise<void> {
  const ms = until - performance.now();
  if (ms > 0) await setTimeout(ms, undefined, { signal }).catch(() => {}); // Ignored: the loop checks the signal
}

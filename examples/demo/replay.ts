/**
 * Replays twenty years through the gateway: a feed observes each day, agents send questions at each close, and a
 * subscriber receives the changes. All of them have only the gateway's address.
 */
import { setTimeout } from "node:timers/promises";
import { type Change, connect, type Gate, type RegimePath } from "../../client/typescript/index.js";
import { Agent, type DeskAnswer } from "./agent.js";
import type { Bar } from "./bars.js";
import { awayDaysPerSecond, type Crash } from "./crash.js";
import { brokenPromises, type DeliveryCounts, eventCounts } from "./delivery.js";
import { desks } from "./desks.js";
import { Feed } from "./feed.js";
import { Market } from "./market.js";
import { clientOptions, streamName } from "./parameters.js";
import { resumed, Subscriber, wrongWith } from "./subscriber.js";
import { Tally } from "./tally.js";

export interface ReplayOptions {
  readonly url: string;
  readonly bars: readonly Bar[];
  /** Trading days a second; undefined: as fast as the gateway answers. */
  readonly speed: number | undefined;
  /** The crash in the middle; undefined: the gateway is not killed. */
  readonly crash: Crash | undefined;
  /** Ends the stream afterwards, so that another replay can begin it again. */
  readonly closes: boolean;
  /** Stops the replay after the current day. */
  readonly signal: AbortSignal;
  readonly onChange: (change: Change) => void;
  readonly onDay: (bar: Bar, days: number, requests: number) => void;
  /** Called when the gateway is killed, and when every client has a connection again. */
  readonly onCrash: (event: "killed" | "returned", bar: Bar) => void;
}

export interface ReplayResult {
  readonly seconds: number;
  readonly changes: readonly Change[];
  /** The regime that the gateway reported for each day on that day, as far back as the gateway remembers. */
  readonly path: RegimePath | undefined;
  readonly answers: readonly DeskAnswer[];
  /** The agents' requests, by model. */
  readonly models: ReadonlyMap<string, Tally>;
  readonly observes: Tally;
  readonly delivery: DeliveryCounts;
  /** Whatever was promised and not held. */
  readonly problems: readonly string[];
}

const topic = `regime.${streamName}`;

/** Milliseconds to wait for a gateway that is away at the market's end. */
const returnMsMax = 60_000;

interface Desks {
  readonly feed: Feed;
  readonly agents: readonly Agent[];
  readonly subscriber: Subscriber;
}

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const gates: Gate[] = [];
  const join = async (client: string) => {
    const gate = await connect(options.url, { ...clientOptions, client });
    gates.push(gate);
    return gate;
  };
  const isAway = () => options.crash?.isAway(() => gates.every(({ connected }) => connected)) ?? false;
  try {
    const subscriber = await Subscriber.join(await join("subscriber"), topic, options.onChange);
    const feed = await Feed.open(await join("feed"), isAway);
    const agents: Agent[] = [];
    for (const desk of desks) {
      const agent = await Agent.join(options.url, desk);
      gates.push(agent.gate);
      agents.push(agent);
    }
    const replaying = { feed, agents, subscriber };
    const started = performance.now();
    const changesBeforeKill = await everyDay(options, replaying, isAway);
    await options.crash?.settled();
    await Promise.all([feed, ...agents].map((each) => each.settled()));
    const seconds = (performance.now() - started) / 1_000;
    const late = await join("late subscriber");
    const found = await resultOf(options, replaying, late, changesBeforeKill, seconds);
    if (options.closes) await feed.close();
    return found;
  } finally {
    await Promise.all(gates.map((gate) => gate.close()));
  }
}

async function resultOf(
  { bars, signal }: ReplayOptions,
  { feed, agents, subscriber }: Desks,
  late: Gate,
  changesBeforeKill: number,
  seconds: number,
): Promise<ReplayResult> {
  const again = await resumed(late, topic, subscriber.beginning);
  const { path, observations } = await late.streamState(streamName, {
    path: "filtered",
    limit: bars.length,
  });
  await subscriber.awaitChanges(again.changes.length);
  const models = new Map(agents.flatMap(({ tallies }) => [...tallies]));
  const { requests: asked, answers: by_gateway, fallbacks, errors } = Tally.sum(models.values());
  const delivery: DeliveryCounts = {
    requests: { asked, by_gateway, by_fallback: fallbacks, failed: errors },
    observations: feed.counted(observations),
    events: eventCounts(subscriber.changes, changesBeforeKill, again.changes),
  };
  const wrong = wrongWith(subscriber.changes, again, subscriber.beginning.offset);
  const broken = [...brokenPromises(delivery), ...unobserved(bars, feed), ...wrong];
  return {
    seconds,
    changes: subscriber.changes,
    path,
    answers: agents.flatMap(({ answers }) => answers),
    models,
    observes: feed.tally,
    delivery,
    problems: signal.aborted ? [] : broken,
  };
}

function unobserved(bars: readonly Bar[], { observations }: Feed): readonly string[] {
  const returns = bars.length - 1;
  return observations === returns ? [] : [`${observations} of ${returns} returns were taken`];
}

/**
 * Replays day by day: the next day closes when every agent has sent its questions about this one.
 * @returns the number of changes that had arrived when the gateway was killed
 */
async function everyDay(
  { bars, speed, crash, signal, onDay, onCrash }: ReplayOptions,
  { feed, agents, subscriber }: Desks,
  isAway: () => boolean,
): Promise<number> {
  const market = new Market();
  const pace = new DayPace(speed, signal);
  let changesBeforeKill: number | undefined;
  let wasAway = false;
  const look = (bar: Bar) => {
    const away = isAway();
    if (wasAway && !away) onCrash("returned", bar);
    wasAway = away;
    return away;
  };
  for (const [i, bar] of bars.entries()) {
    // Without a gateway that comes back, the market would wait for its acks for hours.
    if (signal.aborted || crash?.problem !== undefined) break;
    market.close(bar);
    await Promise.all([feed.observe(market), ...agents.map((agent) => agent.ask(market))]);
    onDay(bar, market.days, Tally.requests(agents.flatMap(({ tallies }) => [...tallies.values()])));
    if (i === crash?.day) {
      changesBeforeKill = subscriber.count;
      feed.noteKill();
      crash.begin();
      onCrash("killed", bar);
    }
    await pace.next(look(bar));
  }
  // A short market may end while the gateway is away.
  const until = performance.now() + returnMsMax;
  for (const last of bars.slice(-1)) while (look(last) && performance.now() < until) await setTimeout(10);
  return changesBeforeKill ?? subscriber.count;
}

/** Waits between two days, longer while the gateway is away. */
class DayPace {
  private due = performance.now();

  constructor(
    private readonly speed: number | undefined,
    private readonly signal: AbortSignal,
  ) {}

  async next(away: boolean): Promise<void> {
    const speed = away ? Math.min(awayDaysPerSecond, this.speed ?? Infinity) : this.speed;
    const now = performance.now();
    // A delay of more than a second is not made up for by days that come faster.
    this.due = speed === undefined ? now : Math.max(this.due, now - 1_000) + 1_000 / speed;
    if (this.due <= now) return;
    await setTimeout(this.due - now, undefined, { signal: this.signal }).catch(() => {}); // The loop checks the signal
  }
}

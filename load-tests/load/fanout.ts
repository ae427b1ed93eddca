/**
 * A feed that brings regime changes at given times, and many sockets that must each receive the changes of one
 * stream.
 */
import { randomUUID } from "node:crypto";
import type { Gate, Stream } from "../../client/typescript/index.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import { BareClient, openMany } from "../harness/bare-client.js";
import { valueOn, watching } from "../harness/feed.js";
import { arrivals } from "./arrivals.js";
import { pause, type Span, since, whenDue } from "./due.js";
import type { Target } from "./gateway.js";
import { Listeners } from "./listeners.js";
import type { Recorder } from "./recorder.js";
import type { GroupOf } from "./scenario.js";

type FanoutGroup = GroupOf<"fanout">;

/** The days that a stream begins with; from then on each pair of days is one change. */
const pastDays = 60;

export interface FanoutFeed {
  readonly feed: Gate;
  readonly streams: readonly Stream[];
  readonly listeners: readonly BareClient[];
  /** The stream that each socket subscribes to, and the offset after which its subscription starts. */
  readonly streamOf: readonly string[];
  readonly first: readonly number[];
  /** A socket that asks for the topics' last offsets. */
  readonly asker: BareClient;
}

export async function openFanout(group: FanoutGroup, target: Target, feed: Gate): Promise<FanoutFeed> {
  const run = randomUUID().slice(0, 8); // A gateway that runs already may have streams of an earlier run
  const names = Array.from({ length: group.streams }, (_, i) => `load.${run}.${i}`);
  const days = Array.from({ length: pastDays }, (_, day) => day);
  const history = { ts: days, values: days.map((day) => [valueOn(day)]) };
  const streams = await Promise.all(names.map((name) => feed.openStream(name, { ...watching, history })));
  const welcomed = () => BareClient.welcomed(target.url, target.token(group.tenant));
  const streamOf = Array.from({ length: group.sockets }, (_, i) => names[i % names.length] as string);
  const first: number[] = [];
  const listeners = await openMany(group.sockets, async (i) => {
    const client = await welcomed();
    first[i] = await subscribed(client, 1, streamOf[i] as string);
    return client;
  });
  return { feed, streams, listeners, streamOf, first, asker: await welcomed() };
}

export async function feedAndListen(
  group: FanoutGroup,
  { streams, listeners, streamOf, first, asker }: FanoutFeed,
  recorder: Recorder,
  span: Span,
): Promise<void> {
  const terms = { warmupMs: span.warmupMs, timeoutMs: group.timeout_ms };
  const heard = new Listeners(recorder, streamOf, first, terms);
  const dueOf = new Map<string, number>();
  listeners.forEach((client, i) => {
    client.hear((frame) => {
      if (frame.type !== "event" || frame.data.kind !== "regime_change") return;
      const { stream, observed_ts } = frame.data;
      const at = since(span);
      heard.hear(i, {
        stream,
        offset: frame.offset,
        due: dueOf.get(changeOf(stream, observed_ts)) ?? at,
        at,
      });
    });
  });
  const observed: Promise<unknown>[] = [];
  const timing = { rate: group.rate, arrivals: "even", burst_period_ms: 1_000 } as const;
  await whenDue(arrivals(timing, 0), span, (call, due) => {
    const stream = streams[call % streams.length] as Stream;
    const day = pastDays + 2 * Math.floor(call / streams.length);
    dueOf.set(changeOf(stream.name, day), due);
    const rows = [[valueOn(day)], [valueOn(day + 1)]];
    const failed = () => recorder.failed(since(span), since(span) - due, "observation refused");
    observed.push(stream.observe([day, day + 1], rows).catch(failed));
  });
  await Promise.all(observed);
  const ends = new Map<string, number>();
  for (const [i, { name }] of streams.entries()) ends.set(name, await subscribed(asker, i + 1, name));
  while (heard.behind(ends) > 0 && since(span) < span.endMs + group.timeout_ms) await pause(20);
  heard.close(since(span), ends);
}

export async function endFanout({ feed, streams, listeners, asker }: FanoutFeed): Promise<void> {
  for (const client of [...listeners, asker]) client.close();
  await Promise.all(streams.map((stream) => stream.close().catch(() => undefined)));
  await feed.close();
}

/** The key of a change: both days of a pair belong to the same change. */
const changeOf = (stream: string, day: number) => `${stream} ${Math.floor(day / 2)}`;

/**
 * Subscribes, and returns the offset of the topic's last event.
 * @throws Error when the subscription is refused
 */
async function subscribed(client: BareClient, id: number, stream: string): Promise<number> {
  const topic = `regime.${stream}`;
  const answer = client.frame(
    (frame: GatewayFrame) =>
      (frame.type === "snapshot" && frame.topic === topic) || (frame.type === "error" && frame.id === id),
  );
  client.send({ type: "subscribe", id, topic });
  const said = await answer;
  if (said.type !== "snapshot")
    throw new Error(`${topic}: ${said.type === "error" ? said.message : said.type}`);
  return said.offset;
}

/**
 * The witness's streams: each is fed step by step while the attack goes on, and its subscriber must see every event
 * once and in order. Afterwards the same observations are given to new streams in peace, and must bring the same.
 */

import { featuresOn, learned, observeFrame, valueOn, watching } from "../../load-tests/harness/feed.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import type { WitnessClient } from "./witness-client.js";

interface Feed {
  readonly stream: string;
  readonly reference: string;
  readonly options: { readonly detector: string; readonly parameters: Record<string, number> };
  readonly market: (day: number) => number | readonly number[];
}

/** Days before the steps begin: enough for the detectors to be warm. */
const warmDays = 60;
const daysAStep = 2;

const feeds: readonly Feed[] = [
  { stream: "w-0", reference: "reference-0", options: watching, market: valueOn },
  { stream: "w-1", reference: "reference-1", options: watching, market: (day) => -2 * valueOn(day + 1) },
  { stream: "w-calm", reference: "reference-calm", options: learned, market: featuresOn },
];

export class WitnessStreams {
  private day = warmDays;

  private constructor(private readonly feeder: WitnessClient) {}

  static async opened(feeder: WitnessClient, subscriber: WitnessClient): Promise<WitnessStreams> {
    const streams = new WitnessStreams(feeder);
    for (const feed of feeds) {
      require(await subscriber.ask({ type: "subscribe", id: 0, topic: `regime.${feed.stream}` }));
      await streams.open(feed.stream, feed);
      require(await feeder.ask(observeFrame(feed.stream, 0, warmDays, 1, feed.market)));
    }
    return streams;
  }

  /** The next days of each stream, and at times the last ones once more; says what is wrong with an ack. */
  async step(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const { stream, market } of feeds) {
      const frame = observeFrame(stream, this.day, daysAStep, 1, market);
      problems.push(...wrongAck(await this.feeder.ask(frame), daysAStep, 0, this.day + daysAStep - 1));
      if (this.day % 10 === 0)
        problems.push(...wrongAck(await this.feeder.ask(frame), 0, daysAStep, this.day + daysAStep - 1));
    }
    this.day += daysAStep;
    return problems;
  }

  /** Gives all observations to new streams at once, and compares their events and their states. */
  async compare(subscriber: WitnessClient): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const feed of feeds) {
      require(await subscriber.ask({ type: "subscribe", id: 0, topic: `regime.${feed.reference}` }));
      await this.open(feed.reference, feed);
      require(await this.feeder.ask(observeFrame(feed.reference, 0, this.day, 1, feed.market)));
      const states = [feed.stream, feed.reference].map(async (stream) =>
        JSON.stringify(await this.feeder.ask({ type: "state", id: 0, stream, path: "filtered" }), bytesAsHex),
      );
      const [ours = "", reference = ""] = await Promise.all(states);
      if (nameless(ours, feed) !== nameless(reference, feed))
        problems.push(`the state of ${feed.stream} is not that of the same observations in peace`);
    }
    // An answer on the subscriber's socket comes after the events that were made before it was asked.
    require(await subscriber.ask({ type: "describe", id: 0, model: "market-impact" }));
    for (const feed of feeds) problems.push(...differentEvents(subscriber, feed));
    return problems;
  }

  /** Events of a stream so far, by offset. */
  static eventsOf(subscriber: WitnessClient, stream: string): readonly string[] {
    const mine = subscriber.pushed.filter(({ topic }) => topic === `regime.${stream}`);
    return mine.flatMap((frame) =>
      frame.type === "event" ? [`${frame.offset} ${JSON.stringify(frame.data)}`] : [],
    );
  }

  private async open(stream: string, { options }: Feed): Promise<void> {
    require(await this.feeder.ask({ type: "open", id: 0, stream, ...options }));
  }
}

function differentEvents(subscriber: WitnessClient, feed: Feed): readonly string[] {
  const [ours, reference] = [feed.stream, feed.reference].map((stream) =>
    WitnessStreams.eventsOf(subscriber, stream).map((event) => nameless(event, feed)),
  );
  if (ours === undefined || reference === undefined) return [];
  const at = reference.findIndex((event, i) => event !== ours[i]);
  if (at < 0 && ours.length === reference.length) return [];
  return [
    `${feed.stream}: ${ours.length} events, in peace ${reference.length}; number ${at + 1} is ${ours[at]}, in peace ${reference[at]}`,
  ];
}

function nameless(text: string, { stream, reference }: Feed): string {
  return text
    .replaceAll(`"stream":"${stream}"`, "")
    .replaceAll(`"stream":"${reference}"`, "")
    .replace(/"id":\d+/, "");
}

function bytesAsHex(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}

function wrongAck(
  frame: GatewayFrame,
  accepted: number,
  duplicates: number,
  lastTs: number,
): readonly string[] {
  const told = frame as { accepted?: unknown; duplicates?: unknown; last_ts?: unknown };
  if (
    frame.type === "ack" &&
    told.accepted === accepted &&
    told.duplicates === duplicates &&
    told.last_ts === lastTs
  )
    return [];
  return [`an observe of ${accepted} new and ${duplicates} known rows was answered ${JSON.stringify(frame)}`];
}

/** @throws Error when the answer is an error, which nothing explains */
function require(frame: GatewayFrame): void {
  if (frame.type === "error") throw new Error(`the witness was refused: ${JSON.stringify(frame)}`);
}

/**
 * Watches of the gateway's own figures. They outlive their connections: on a new one each is asked for again. A sample
 * that was missed meanwhile does not come later, because a newer one replaces it.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, ErrorFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import type { SampleOfTopic, WatchTopic } from "../../protocol/samples.js";

/** How a topic is watched. */
export interface WatchOptions {
  /** Milliseconds between two samples, 250 to 60,000; the gateway rounds up to one of a few. Default 1,000. */
  readonly intervalMs?: number;
  /** Of `gateway.streams`: only streams whose names contain this text. */
  readonly contains?: string;
  /** Is called once when no further sample will come, with the reason. After `stop` it is not called. */
  readonly onEnd?: (error: HeadgateError) => void;
}

/** The gateway's figures at one time. */
export interface Sample<T extends WatchTopic = WatchTopic> {
  /** The topic, as it is watched. */
  readonly topic: T;
  /** Milliseconds since the epoch, by the gateway's clock. */
  readonly ts: number;
  /** The number of the sample; where one is missing on a connection, this client was too slow for it. */
  readonly seq: number;
  /** The figures. */
  readonly data: SampleOfTopic[T];
}

/** A watch that goes on until it is stopped. */
export interface Watch<T extends WatchTopic = WatchTopic> {
  /** What is watched. */
  readonly topic: T;
  /** Ends it. No sample comes afterwards. */
  stop(): void;
}

interface RunningWatch {
  readonly options: WatchOptions;
  readonly sampled: (frame: SampleFrame) => void;
}

export interface WatchActions {
  readonly connected: () => boolean;
  /** Asks once, on this connection. */
  readonly askOnce: (frame: (id: number) => ClientFrame) => Promise<GatewayFrame>;
}

export class Watches {
  private readonly running = new Map<WatchTopic, RunningWatch>();
  private isOffered = false;
  private ended: HeadgateError | undefined;

  constructor(private readonly actions: WatchActions) {}

  watch<T extends WatchTopic>(
    topic: T,
    options: WatchOptions,
    onSample: (sample: Sample<T>) => void,
  ): Watch<T> {
    if (this.ended !== undefined) throw this.ended;
    if (this.running.has(topic))
      throw new HeadgateError(
        "failed_precondition",
        `topic: this client watches ${topic} already; stop that watch first`,
      );
    const sampled = (frame: SampleFrame) => {
      const { ts, seq, data } = frame as SampleFrame<T>;
      onSample({ topic, ts, seq, data });
    };
    const running = { options, sampled };
    this.running.set(topic, running);
    if (this.actions.connected()) this.ask(topic, running);
    return { topic, stop: () => this.stop(topic, running) };
  }

  /** Asks for everything again on a new connection. @param features of the gateway */
  restore(features: readonly string[]): void {
    this.isOffered = features.includes("watch");
    for (const [topic, running] of [...this.running]) this.ask(topic, running);
  }

  deliver(frame: SampleFrame): void {
    this.running.get(frame.topic)?.sampled(frame);
  }

  /** The gateway has ended a watch. */
  refused({ topic, code, message }: ErrorFrame): void {
    const running = [...this.running].find(([each]) => each === topic);
    if (running !== undefined) this.end(...running, new HeadgateError(code, message));
  }

  /** No further connection will come. @param told to whoever watches; undefined: the client was closed */
  endAll(told: HeadgateError | undefined, error: HeadgateError): void {
    this.ended = error;
    for (const [topic, running] of [...this.running])
      if (told === undefined) this.running.delete(topic);
      else this.end(topic, running, told);
  }

  private ask(topic: WatchTopic, running: RunningWatch): void {
    // A gateway that does not know the frame would close the connection.
    if (!this.isOffered)
      return this.end(
        topic,
        running,
        new HeadgateError("unimplemented", "this gateway cannot be watched: it lacks the feature `watch`"),
      );
    const { intervalMs, contains } = running.options;
    this.actions
      .askOnce((id) => ({
        type: "watch",
        id,
        topic,
        ...(intervalMs !== undefined && { interval_ms: intervalMs }),
        ...(contains !== undefined && { contains }),
      }))
      .catch((error: HeadgateError) => error.code !== "unavailable" && this.end(topic, running, error));
  }

  private stop(topic: WatchTopic, running: RunningWatch): void {
    if (this.running.get(topic) !== running) return;
    this.running.delete(topic);
    if (this.actions.connected() && this.isOffered)
      this.actions.askOnce((id) => ({ type: "unwatch", id, topic })).catch(() => {});
  }

  private end(topic: WatchTopic, running: RunningWatch, error: HeadgateError): void {
    if (this.running.get(topic) !== running) return;
    this.running.delete(topic);
    running.options.onEnd?.(error);
  }
}

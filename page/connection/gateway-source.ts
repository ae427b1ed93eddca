/** Samples from the gateway, over whichever client the page has at the moment. A topic is watched once for all panels. */
import type { Gate, Watch, WatchOptions } from "../../client/typescript/browser.js";
import type { SampleMoment, SampleOfTopic, WatchTopic } from "../samples.js";
import type { WatchSource } from "../watch-source.js";
import type { GatewayConnection } from "./gateway-connection.js";

interface SampleListener<T extends WatchTopic> {
  readonly taken: (sample: SampleOfTopic[T], moment: SampleMoment) => void;
  readonly options: WatchOptions;
}

/** One topic, for all that listen to it. */
class TopicWatch<T extends WatchTopic> {
  private readonly listeners = new Set<SampleListener<T>>();
  private running: Watch<T> | undefined;

  constructor(private readonly topic: T) {}

  add(listener: SampleListener<T>, gate: Gate | undefined): void {
    this.listeners.add(listener);
    this.begin(gate);
  }

  remove(listener: SampleListener<T>): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.stop();
  }

  /** Watches with the options that were asked for last. */
  begin(gate: Gate | undefined): void {
    this.stop();
    const newest = [...this.listeners].at(-1);
    if (newest === undefined || gate === undefined) return;
    this.running = gate.watch(
      this.topic,
      { ...newest.options, onEnd: (error) => this.ended(error) },
      ({ data, ts, seq }) => {
        for (const { taken } of [...this.listeners]) {
          // One panel that cannot read a sample must not keep it from the others.
          try {
            taken(data, { ts, seq });
          } catch (error) {
            reportError(error);
          }
        }
      },
    );
  }

  private stop(): void {
    this.running?.stop();
    this.running = undefined;
  }

  private ended(error: Parameters<NonNullable<WatchOptions["onEnd"]>>[0]): void {
    this.running = undefined;
    for (const { options } of [...this.listeners]) options.onEnd?.(error);
  }
}

export class GatewaySource implements WatchSource {
  private readonly topics = new Map<WatchTopic, unknown>();
  private gate: Gate | undefined;

  constructor(connection: GatewayConnection) {
    connection.onGate((gate) => {
      this.gate = gate;
      for (const each of this.topics.values()) (each as TopicWatch<WatchTopic>).begin(gate);
    });
  }

  watch<T extends WatchTopic>(
    topic: T,
    taken: (sample: SampleOfTopic[T], moment: SampleMoment) => void,
    options: WatchOptions = {},
  ): () => void {
    const watched = (this.topics.get(topic) as TopicWatch<T> | undefined) ?? new TopicWatch(topic);
    this.topics.set(topic, watched);
    const listener = { taken, options };
    watched.add(listener, this.gate);
    return () => watched.remove(listener);
  }
}

/**
 * What a client holds across connections: the streams it feeds and the topics it listens to. Each new
 * connection opens and subscribes them again, before anything else is sent.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { AckFrame, ClientFrame, GatewayFrame, SubscribeFrame } from "../../protocol/frames.js";
import { type Tensor, toWire } from "../../protocol/tensor.js";
import { everyRegime, matches } from "../../protocol/topics.js";
import { openFrame, openStreamResultOf } from "./request-frames.js";
import { type Observed, Stream, type StreamOptions } from "./stream.js";
import { type StateOptions, type StreamState, streamStateOf } from "./stream-state.js";
import { type SubscribeOptions, Subscription } from "./subscription.js";

export interface SessionStateActions {
  readonly connected: () => boolean;
  /** Asks for an `ack`; repeated after a lost connection, for doing these twice is doing them once. */
  readonly ack: (frame: (id: number) => ClientFrame, first?: boolean) => Promise<AckFrame>;
  /** Asks once, on this connection, ahead of what waits. */
  readonly askOnce: (frame: (id: number) => ClientFrame) => Promise<GatewayFrame>;
  readonly restarted: (stream: string) => void;
  readonly lost: (stream: string, ackedTs: number, lastTs: number | null) => void;
  readonly observeFailed: (stream: string, error: HeadgateError) => void;
}

export class SessionState {
  private readonly streams = new Map<string, Stream>();
  private readonly subscriptions = new Map<string, Subscription>();
  private ended: HeadgateError | undefined;

  constructor(private readonly duties: SessionStateActions) {}

  async openStream(name: string, options: StreamOptions): Promise<Stream> {
    const opened = openStreamResultOf(await this.duties.ack((id) => openFrame(id, name, options)));
    const stream = new Stream(name, options, opened, {
      observe: (of, ts, values) => this.observe(of, ts, values),
      close: (of) => this.closeStream(of),
      state: (of, query) => this.state(of, query),
      failed: this.duties.observeFailed,
    });
    this.streams.set(name, stream);
    return stream;
  }

  subscribe(topic: string, options: SubscribeOptions): Subscription {
    const other = [...this.subscriptions.keys()].find((held) => matches(held, topic) || matches(topic, held));
    if (other !== undefined)
      throw new HeadgateError(
        "failed_precondition",
        `topic: this client listens to ${other} already; read it there, or connect another client`,
      );
    const subscription = new Subscription(topic, options, () => this.unsubscribe(topic));
    this.subscriptions.set(topic, subscription);
    if (this.ended !== undefined) subscription.end(this.ended);
    else if (this.duties.connected()) this.resubscribe(subscription);
    return subscription;
  }

  /** A new connection is up. */
  restore(): void {
    for (const stream of this.streams.values()) this.reopen(stream);
    for (const subscription of this.subscriptions.values()) this.resubscribe(subscription);
  }

  deliver(frame: Extract<GatewayFrame, { type: "event" | "snapshot" | "heartbeat" }>): void {
    if (frame.type === "heartbeat") return this.subscriptions.get(frame.topic)?.heartbeat(frame);
    for (const topic of [frame.topic, everyRegime]) {
      const subscription = this.subscriptions.get(topic);
      if (frame.type === "event") subscription?.event(frame);
      else subscription?.snapshot(frame);
    }
  }

  /** Whether each subscription got what it missed on this connection. */
  get isCaughtUp(): boolean {
    return [...this.subscriptions.values()].every((subscription) => subscription.isCaughtUp);
  }

  /** No connection will come any more. */
  end(told: HeadgateError | undefined, error: HeadgateError): void {
    this.ended = error;
    for (const subscription of [...this.subscriptions.values()]) subscription.end(told);
  }

  private reopen(stream: Stream): void {
    const frame = (id: number) => openFrame(id, stream.name, { ...stream.options, replace: false });
    this.duties.ack(frame, true).then(
      (ack) => {
        const opened = openStreamResultOf(ack);
        const ackedTs = stream.reopened(opened);
        if (ackedTs !== undefined) this.duties.lost(stream.name, ackedTs, opened.lastTs);
        if (opened.created) this.duties.restarted(stream.name);
      },
      () => {}, // the connection went again; the next one opens it
    );
  }

  private resubscribe(subscription: Subscription): void {
    const { topic, options, cursor } = subscription;
    subscription.begin();
    const frame = (id: number): SubscribeFrame => ({
      type: "subscribe",
      id,
      topic,
      ...(cursor !== undefined && { since: cursor }),
      ...(options.mode !== undefined && { mode: options.mode }),
      ...(options.heartbeatMs !== undefined && { heartbeat_ms: options.heartbeatMs }),
    });
    this.duties
      .askOnce(frame)
      .then((ack) => subscription.confirmed(snapshotsOf(ack)))
      .catch((error: HeadgateError) => error.code !== "unavailable" && subscription.end(error));
  }

  private unsubscribe(topic: string): void {
    this.subscriptions.delete(topic);
    if (this.duties.connected())
      this.duties.askOnce((id) => ({ type: "unsubscribe", id, topic })).catch(() => {});
  }

  private async observe(stream: string, ts: number | readonly number[], values: Tensor): Promise<Observed> {
    const ack = await this.duties.ack((id) => ({ type: "observe", id, stream, ts, values: toWire(values) }));
    this.streams.get(stream)?.acked(Number(ack["last_ts"]));
    return {
      accepted: Number(ack["accepted"]),
      duplicates: Number(ack["duplicates"]),
      lastTs: Number(ack["last_ts"]),
    };
  }

  async state(stream: string, { path, limit, values }: StateOptions): Promise<StreamState> {
    const ack = await this.duties.ack((id) => ({
      type: "state",
      id,
      stream,
      ...(path !== undefined && { path }),
      ...(limit !== undefined && { limit }),
      ...(values !== undefined && { values }),
    }));
    return streamStateOf(ack);
  }

  private async closeStream(stream: string): Promise<void> {
    this.streams.delete(stream);
    await this.duties.ack((id) => ({ type: "close", id, stream }));
  }
}

function snapshotsOf(ack: GatewayFrame): number | undefined {
  const told = ack.type === "ack" ? ack["snapshots"] : undefined;
  return typeof told === "number" ? told : undefined;
}

/**
 * What a client keeps across connections: the streams that it feeds and the topics that it subscribed to. On each new
 * connection they are opened and subscribed again, before anything else is sent.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { AckFrame, ClientFrame, GatewayFrame, SubscribeFrame } from "../../protocol/frames.js";
import { type Tensor, toWire } from "../../protocol/tensor.js";
import { matches, patternOf } from "../../protocol/topics.js";
import type { CallOptions } from "./options.js";
import { openFrame, openStreamResultOf } from "./request-frames.js";
import { type Observed, Stream, type StreamOptions } from "./stream.js";
import { type StateOptions, type StreamState, streamStateOf } from "./stream-state.js";
import { type SubscribeOptions, Subscription } from "./subscription.js";

/** How an `ack` is asked for. */
export interface AckCall extends CallOptions {
  /** Whether it is sent ahead of what waits. */
  readonly first?: boolean;
}

export interface SessionStateActions {
  readonly connected: () => boolean;
  /** Asks for an `ack`, and asks again after a lost connection: what such frames do, they do once. */
  readonly ack: (frame: (id: number) => ClientFrame, call?: AckCall) => Promise<AckFrame>;
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

  constructor(private readonly actions: SessionStateActions) {}

  async openStream(name: string, options: StreamOptions): Promise<Stream> {
    const opened = openStreamResultOf(await this.actions.ack((id) => openFrame(id, name, options), options));
    const stream = new Stream(name, options, opened, {
      observe: (of, ts, values, call) => this.observe(of, ts, values, call),
      close: (of, call) => this.closeStream(of, call),
      state: (of, query) => this.state(of, query),
      failed: this.actions.observeFailed,
    });
    this.streams.set(name, stream);
    return stream;
  }

  /** @param confirmed is called on each connection that has subscribed */
  subscribe(topic: string, options: SubscribeOptions, confirmed?: () => void): Subscription {
    const other = [...this.subscriptions.keys()].find(
      (known) => matches(known, topic) || matches(topic, known),
    );
    if (other !== undefined)
      throw new HeadgateError(
        "failed_precondition",
        `topic: this client listens to ${other} already; read it there, or connect another client`,
      );
    const subscription = new Subscription(topic, options, () => this.unsubscribe(topic), confirmed);
    this.subscriptions.set(topic, subscription);
    if (this.ended !== undefined) subscription.end(this.ended);
    else if (this.actions.connected()) this.resubscribe(subscription);
    return subscription;
  }

  /** Opens and subscribes everything on a new connection. */
  restore(): void {
    for (const stream of this.streams.values()) this.reopen(stream);
    for (const subscription of this.subscriptions.values()) this.resubscribe(subscription);
  }

  deliver(frame: Extract<GatewayFrame, { type: "event" | "snapshot" | "heartbeat" }>): void {
    if (frame.type === "heartbeat") return this.subscriptions.get(frame.topic)?.heartbeat(frame);
    for (const topic of [frame.topic, patternOf(frame.topic)]) {
      const subscription = this.subscriptions.get(topic);
      if (frame.type === "event") subscription?.event(frame);
      else subscription?.snapshot(frame);
    }
  }

  /** Whether each subscription has got what it missed on this connection. */
  get isCaughtUp(): boolean {
    return [...this.subscriptions.values()].every((subscription) => subscription.isCaughtUp);
  }

  /** Notes that no further connection will come. */
  end(told: HeadgateError | undefined, error: HeadgateError): void {
    this.ended = error;
    for (const subscription of [...this.subscriptions.values()]) subscription.end(told);
  }

  private reopen(stream: Stream): void {
    const frame = (id: number) => openFrame(id, stream.name, { ...stream.options, replace: false });
    this.actions.ack(frame, { first: true }).then(
      (ack) => {
        const opened = openStreamResultOf(ack);
        const ackedTs = stream.reopened(opened);
        if (ackedTs !== undefined) this.actions.lost(stream.name, ackedTs, opened.lastTs);
        if (opened.created) this.actions.restarted(stream.name);
      },
      () => {}, // The connection was lost again. The next one opens the stream.
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
    this.actions
      .askOnce(frame)
      .then((ack) => subscription.confirmed(snapshotsOf(ack)))
      .catch((error: HeadgateError) => error.code !== "unavailable" && subscription.end(error));
  }

  private unsubscribe(topic: string): void {
    this.subscriptions.delete(topic);
    if (this.actions.connected())
      this.actions.askOnce((id) => ({ type: "unsubscribe", id, topic })).catch(() => {});
  }

  private async observe(
    stream: string,
    ts: number | readonly number[],
    values: Tensor,
    call: CallOptions,
  ): Promise<Observed> {
    const frame = (id: number): ClientFrame => ({ type: "observe", id, stream, ts, values: toWire(values) });
    const ack = await this.actions.ack(frame, call);
    this.streams.get(stream)?.acked(Number(ack["last_ts"]));
    return {
      accepted: Number(ack["accepted"]),
      duplicates: Number(ack["duplicates"]),
      lastTs: Number(ack["last_ts"]),
    };
  }

  async state(stream: string, query: StateOptions): Promise<StreamState> {
    const { path, limit, values } = query;
    const frame = (id: number): ClientFrame => ({
      type: "state",
      id,
      stream,
      ...(path !== undefined && { path }),
      ...(limit !== undefined && { limit }),
      ...(values !== undefined && { values }),
    });
    return streamStateOf(await this.actions.ack(frame, query));
  }

  private async closeStream(stream: string, call: CallOptions): Promise<void> {
    this.streams.delete(stream);
    await this.actions.ack((id) => ({ type: "close", id, stream }), call);
  }
}

function snapshotsOf(ack: GatewayFrame): number | undefined {
  const told = ack.type === "ack" ? ack["snapshots"] : undefined;
  return typeof told === "number" ? told : undefined;
}

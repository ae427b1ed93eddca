/**
 * What a connection is sent without a request for each: its subscriptions and its watches. Each is created
 * with its first one.
 */
import type { Codec, EncodedMessage } from "../../../protocol/codec.js";
import type { SampleFrame } from "../../../protocol/frames.js";
import type { SharedFrame } from "../../../protocol/shared-frame.js";
import { requireSubscription } from "../../auth/authorization.js";
import type { Principal } from "../../auth/principal.js";
import type { Watcher } from "../../watch/watched-topic.js";
import type { Caller } from "./caller.js";
import type { Outbox } from "./outbox.js";
import { OutboxListener } from "./outbox-listener.js";
import type { Services } from "./services.js";
import { ConnectionSubscriptions } from "./subscriptions.js";
import { ConnectionWatches } from "./watches.js";

/** The connection, as its feeds see it. */
export interface FedConnection {
  /** True once nothing more is sent. */
  readonly ended: () => boolean;
  readonly outbox: Outbox;
  readonly codec: Codec;
  /** Sends a sample of a topic; false when the client accepts no message as large. */
  readonly offer: (encoded: EncodedMessage, topic: string) => boolean;
  readonly caller: Caller;
  /** Called when the event log cannot be read. */
  readonly unreadable: (error: unknown) => void;
}

export class ConnectionFeeds implements Watcher {
  private subscribed: ConnectionSubscriptions | undefined;
  private watched: ConnectionWatches | undefined;

  constructor(
    private readonly services: Services,
    private readonly connection: FedConnection,
  ) {}

  get subscriptions(): ConnectionSubscriptions {
    const { outbox, codec, ended, unreadable } = this.connection;
    this.subscribed ??= new ConnectionSubscriptions(
      this.services,
      new OutboxListener(outbox, codec, ended, unreadable),
    );
    return this.subscribed;
  }

  get watches(): ConnectionWatches {
    this.watched ??= new ConnectionWatches(this.services.watches, this);
    return this.watched;
  }

  /** The numbers of subscriptions and watches. */
  get counts(): { readonly subscriptions: number; readonly watches: number } {
    return { subscriptions: this.subscribed?.topics.length ?? 0, watches: this.watched?.count ?? 0 };
  }

  /** @throws HeadgateError permission_denied when a principal may not have what is subscribed and watched */
  require(principal: Principal): void {
    for (const topic of this.subscribed?.topics ?? []) requireSubscription(principal, topic);
    for (const topic of this.watched?.topics ?? []) this.services.watches.require(principal, topic);
  }

  endAll(): void {
    this.subscribed?.endAll();
    this.watched?.endAll();
  }

  get principal(): Principal {
    return this.connection.caller.principal;
  }

  get ready(): boolean {
    return this.connection.outbox.clear;
  }

  take(sample: SharedFrame<SampleFrame>): void {
    const { ended, offer, codec } = this.connection;
    const { topic } = sample.frame;
    if (!ended() && !offer(sample.as(codec), topic)) this.watches.remove(topic);
  }
}

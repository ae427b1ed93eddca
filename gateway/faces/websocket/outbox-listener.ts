/** The connection as its subscriptions see it: their frames go to the outbox, which tells how much waits there. */
import type { Codec } from "../../../protocol/codec.js";
import type { SharedFrame } from "../../../protocol/shared-frame.js";
import type { SubscriptionListener } from "../../events/subscription-listener.js";
import type { Outbox } from "./outbox.js";

export class OutboxListener implements SubscriptionListener {
  constructor(
    private readonly outbox: Outbox,
    private readonly codec: Codec,
    private readonly ended: () => boolean,
    readonly failed: (error: unknown) => void,
  ) {}

  push(frame: SharedFrame): void {
    if (!this.ended()) this.outbox.push(frame.as(this.codec));
  }

  drained(): Promise<void> {
    return this.outbox.drained();
  }

  get crowded(): boolean {
    return this.outbox.crowded;
  }

  get busy(): boolean {
    return this.outbox.busy;
  }
}

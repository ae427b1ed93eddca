/**
 * All responses of server-sent events: they end when their credential does or no longer grants their topic, and when
 * the gateway drains.
 */
import type { Authenticators } from "../../../auth/authenticators.js";
import { requireSubscription } from "../../../auth/authorization.js";
import type { Principal } from "../../../auth/principal.js";
import { TokenReview } from "../../../auth/token-review.js";
import type { Clock } from "../../../clock.js";
import type { EventStream } from "./event-stream.js";

/** Milliseconds between two checks of the credentials, and between two comments on a quiet response. */
const tickMs = 1_000;
const keepAliveMs = 15_000;

export type PrincipalReviewer = Pick<Authenticators, "generation" | "review">;

interface OpenStream {
  readonly topic: string;
  readonly review: TokenReview;
  principal: Principal;
}

export class EventStreams {
  private readonly open = new Map<EventStream, OpenStream>();
  private stopTicking: () => void = () => {};
  private keptAliveAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly reviewer: PrincipalReviewer,
  ) {}

  get count(): number {
    return this.open.size;
  }

  /** @param topic that the response is subscribed to */
  add(stream: EventStream, principal: Principal, topic: string): void {
    // A response cannot renew its token: without a grace it ends, and its reader comes back with another.
    this.open.set(stream, { topic, principal, review: new TokenReview(this.reviewer, 0) });
    if (this.open.size === 1) this.tickLater();
  }

  leave(stream: EventStream): void {
    this.open.delete(stream);
    if (this.open.size === 0) this.stopTicking();
  }

  *principals(): Generator<Principal, void, undefined> {
    for (const { principal } of this.open.values()) yield principal;
  }

  drain(): void {
    for (const stream of [...this.open.keys()]) stream.end("the gateway is going away");
  }

  private tickLater(): void {
    this.stopTicking = this.clock.after(tickMs, () => {
      this.tick();
      if (this.open.size > 0) this.tickLater();
    });
  }

  private tick(): void {
    const wall = this.clock.wall();
    const keepAlive = this.clock.now() - this.keptAliveAt >= keepAliveMs;
    if (keepAlive) this.keptAliveAt = this.clock.now();
    for (const [stream, opened] of [...this.open]) {
      const requireTopic = (changed: Principal) => requireSubscription(changed, opened.topic);
      const verdict = opened.review.of(opened.principal, requireTopic, wall);
      if (verdict.kind === "over") stream.end(verdict.reason);
      else {
        opened.principal = verdict.principal;
        if (keepAlive) stream.keepAlive();
      }
    }
  }
}

/** All responses of server-sent events: they end when their credential does, and when the gateway drains. */
import type { Authenticators } from "../../../auth/authenticators.js";
import type { Clock } from "../../../clock.js";
import type { Requester } from "../../../requests/requester.js";
import type { EventStream } from "./event-stream.js";

/** Milliseconds between two checks of the credentials, and between two comments on a quiet response. */
const tickMs = 1_000;
const keepAliveMs = 15_000;

export type PrincipalReview = Pick<Authenticators, "review">;

export class EventStreams {
  private readonly open = new Map<EventStream, Requester>();
  private stopTicking: () => void = () => {};
  private keptAliveAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly reviewer: PrincipalReview,
  ) {}

  get count(): number {
    return this.open.size;
  }

  add(stream: EventStream, requester: Requester): void {
    this.open.set(stream, requester);
    if (this.open.size === 1) this.tickLater();
  }

  leave(stream: EventStream): void {
    this.open.delete(stream);
    if (this.open.size === 0) this.stopTicking();
  }

  *principals(): Generator<Requester["principal"], void, undefined> {
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
    for (const [stream, { principal }] of [...this.open]) {
      const expired = principal.expiresAt <= wall;
      if (expired || this.reviewer.review(principal) === undefined)
        stream.end(expired ? "the token expired" : "the token was revoked");
      else if (keepAlive) stream.keepAlive();
    }
  }
}

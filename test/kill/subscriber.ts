/**
 * A subscriber that trusts nobody: it keeps every event frame that ever reached it, resumes after the last, and
 * comes back by itself.
 */
import type { EventFrame, Since } from "../../protocol/frames.js";
import { BareSocket } from "../support/socket.js";

export class Subscriber {
  readonly events: EventFrame[] = [];
  /** Snapshots that said something was missed, but for the first, which comes without a cursor. */
  missed = 0;
  connections = 0;
  private since: Since;
  private stopped = false;
  private socket: BareSocket | undefined;

  constructor(
    private readonly url: string,
    readonly topic: string,
    epoch: string,
  ) {
    this.since = topic.endsWith("*") ? { epoch, position: 0 } : { epoch, offset: 0 };
    void this.run();
  }

  /** The last event's offset, of the pattern its position. */
  get at(): number {
    return this.since.offset ?? this.since.position ?? 0;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.socket?.close();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        this.socket = await BareSocket.open(this.url);
        this.connections++;
        await this.listen(this.socket);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
      }
    }
  }

  private async listen(socket: BareSocket): Promise<void> {
    socket.send({ type: "subscribe", id: 1, topic: this.topic, since: this.since });
    for (let seen = 0; ; ) {
      await socket.next(() => socket.frames.length > seen);
      for (const frame of socket.frames.slice(seen)) {
        if (frame.type === "event") this.take(frame);
        if (frame.type === "snapshot" && !frame.recovered) this.missed++;
      }
      seen = socket.frames.length;
    }
  }

  private take(event: EventFrame): void {
    this.events.push(event);
    const { epoch, offset, position } = event;
    this.since = this.topic.endsWith("*") ? { epoch, position } : { epoch, offset };
  }
}

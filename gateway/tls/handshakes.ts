/**
 * The connections whose TLS handshake is under way. Each has a limited time from its first byte: Node's own time limit
 * begins anew with every byte, so that a client that sends one now and then would never meet it.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../clock.js";

export class Handshakes {
  private readonly pending = new Map<string, { readonly raw: Socket; readonly cancel: () => void }>();

  constructor(
    private readonly clock: Pick<Clock, "after">,
    private readonly timeoutMs: number,
  ) {}

  get count(): number {
    return this.pending.size;
  }

  /** Notes a new connection. One whose peer has already gone has no address, and ends by itself. */
  begin(raw: Socket): void {
    const peer = peerOf(raw);
    if (peer === undefined) return void raw.destroy();
    const cancel = this.clock.after(this.timeoutMs, () => raw.destroy());
    this.pending.set(peer, { raw, cancel });
    raw.once("close", () => this.forget(peer, raw));
  }

  /**
   * Notes a finished handshake. @returns the TCP connection below it, for which Node has no public property: two
   * connections to one port never have the same addresses. Undefined when the peer has already gone.
   */
  finish(secure: TLSSocket): Socket | undefined {
    const peer = peerOf(secure);
    const found = peer === undefined ? undefined : this.pending.get(peer);
    if (peer === undefined || found === undefined) return undefined;
    this.forget(peer, found.raw);
    return found.raw;
  }

  private forget(peer: string, raw: Socket): void {
    const found = this.pending.get(peer);
    if (found?.raw !== raw) return;
    found.cancel();
    this.pending.delete(peer);
  }
}

function peerOf({ remoteAddress, remotePort, localAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress}`;
}

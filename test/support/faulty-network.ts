/**
 * A TCP proxy in front of a gateway that produces a network's faults: it splits the bytes into small pieces, delays
 * and throttles them, loses everything in one direction, stalls and resets.
 */
import { createConnection, createServer, type Server, type Socket } from "node:net";

export interface ProxyOptions {
  /** The largest number of bytes that are passed on in one piece. */
  readonly sliceBytes?: number;
  /** Milliseconds by which each direction is delayed. */
  readonly latencyMs?: number;
  /** The largest number of bytes a second in each direction of each connection. */
  readonly bytesPerSecond?: number;
}

/**
 * The largest number of delayed bytes in one direction: beyond it the proxy stops reading, so that the sender's
 * socket fills up.
 */
const delayedBytesMax = 16 * 1024;

export type Way = "to_gateway" | "to_client";

export class FaultyNetwork {
  private readonly clients = new Set<Socket>();
  private readonly gateways = new Set<Socket>();
  private readonly lost = new Set<Way>();
  private bytesPerSecond: number;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private readonly options: ProxyOptions,
  ) {
    this.bytesPerSecond = options.bytesPerSecond ?? Infinity;
  }

  static async start(target: number, options: ProxyOptions = {}): Promise<FaultyNetwork> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const proxy = new FaultyNetwork(server, port, options);
    server.on("connection", (client) => {
      const gateway = createConnection(target, "127.0.0.1");
      proxy.clients.add(client);
      proxy.gateways.add(gateway);
      proxy.join(client, gateway, "to_gateway");
      proxy.join(gateway, client, "to_client");
    });
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1`;
  }

  /** Holds back everything that the gateway sends. */
  stall(): void {
    for (const gateway of this.gateways) gateway.pause();
  }

  resume(): void {
    for (const gateway of this.gateways) gateway.resume();
  }

  /** From now on limits each direction of each connection to this rate. */
  throttle(bytesPerSecond: number): void {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** From now on drops everything sent in that direction, without a reset or a close that would reveal it. */
  blackhole(way: Way): void {
    this.lost.add(way);
  }

  /** New connections pass everything on again. Connections that lost bytes must not continue. */
  heal(): void {
    this.lost.clear();
    this.sever();
  }

  /** Resets every connection at once, without a closing handshake. */
  sever(): void {
    for (const socket of [...this.clients, ...this.gateways]) socket.resetAndDestroy();
    this.clients.clear();
    this.gateways.clear();
  }

  async stop(): Promise<void> {
    this.sever();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(from: Socket, to: Socket, way: Way): void {
    const { latencyMs = 0, sliceBytes = Infinity } = this.options;
    /** The time at which the last piece will have been passed on. */
    let passedAt = 0;
    let delayed = 0;
    const pass = (piece: Buffer) => {
      if (!to.destroyed && !this.lost.has(way)) to.write(piece);
    };
    const passLater = (piece: Buffer, bytesPerSecond: number) => {
      const now = performance.now();
      passedAt = Math.max(passedAt, now) + (piece.length / bytesPerSecond) * 1_000;
      delayed += piece.length;
      if (delayed > delayedBytesMax && bytesPerSecond < Infinity) from.pause();
      setTimeout(
        () => {
          pass(piece);
          delayed -= piece.length;
          if (delayed <= delayedBytesMax) from.resume();
        },
        passedAt - now + latencyMs,
      );
    };
    from.setNoDelay(true);
    from.on("data", (chunk) => {
      const { bytesPerSecond } = this;
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        const piece = chunk.subarray(at, Math.min(chunk.length, at + sliceBytes));
        if (latencyMs === 0 && bytesPerSecond === Infinity && delayed === 0) pass(piece);
        else passLater(piece, bytesPerSecond);
      }
    });
    from.on("error", () => {});
    from.on("close", () => to.destroy());
  }
}

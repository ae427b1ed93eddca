/** A TCP proxy before a gateway, for the faults a network has: it cuts bytes small, stalls and resets. */
import { createConnection, createServer, type Server, type Socket } from "node:net";

export interface ProxyOptions {
  /** Passes on pieces of at most so many bytes. */
  readonly sliceBytes?: number;
}

export class FaultyNetwork {
  private readonly clients = new Set<Socket>();
  private readonly gateways = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(target: number, { sliceBytes = Infinity }: ProxyOptions = {}): Promise<FaultyNetwork> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const proxy = new FaultyNetwork(
      server,
      typeof address === "object" && address !== null ? address.port : 0,
    );
    server.on("connection", (client) => {
      const gateway = createConnection(target, "127.0.0.1");
      proxy.clients.add(client);
      proxy.gateways.add(gateway);
      join(client, gateway, sliceBytes);
      join(gateway, client, sliceBytes);
    });
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/v1`;
  }

  /** What the gateway sends stays where it is. */
  stall(): void {
    for (const gateway of this.gateways) gateway.pause();
  }

  resume(): void {
    for (const gateway of this.gateways) gateway.resume();
  }

  /** Every connection ends at once; nobody says goodbye. */
  sever(): void {
    for (const socket of [...this.clients, ...this.gateways]) socket.resetAndDestroy();
    this.clients.clear();
    this.gateways.clear();
  }

  async stop(): Promise<void> {
    this.sever();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function join(from: Socket, to: Socket, sliceBytes: number): void {
  from.setNoDelay(true);
  from.on("data", (chunk) => {
    for (let at = 0; at < chunk.length; at += sliceBytes)
      if (!to.destroyed) to.write(chunk.subarray(at, Math.min(chunk.length, at + sliceBytes)));
  });
  from.on("error", () => {});
  from.on("close", () => to.destroy());
}

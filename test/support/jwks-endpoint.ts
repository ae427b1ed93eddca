/** A small HTTP server on this machine that publishes a key set, and can keep its answers back. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class JwksEndpoint {
  /** The number of requests so far. */
  asked = 0;
  /** While it is true, requests are not answered. */
  holding = false;
  private readonly held: ServerResponse[] = [];

  private constructor(
    private readonly server: Server,
    public keySet: string,
  ) {}

  static async open(keySet: string): Promise<JwksEndpoint> {
    const server = createServer();
    const endpoint = new JwksEndpoint(server, keySet);
    server.on("request", (_request, response: ServerResponse) => {
      endpoint.asked++;
      if (endpoint.holding) endpoint.held.push(response);
      else response.end(endpoint.keySet);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return endpoint;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/jwks.json`;
  }

  /** Answers the requests that were kept back, with the present key set. */
  release(): void {
    this.holding = false;
    for (const response of this.held.splice(0)) response.end(this.keySet);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** The fastest HTTP client that Node has: `node:http` with keep-alive connections. */
import { Agent, type IncomingHttpHeaders, request } from "node:http";

export interface HttpAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export class HttpClient {
  private readonly agent: Agent;

  /** @param connections the most that are open at a time; further requests wait for one */
  constructor(
    private readonly port: number,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * @param headers without Content-Length
   * @throws Error for an answer whose status is not 200
   */
  post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<HttpAnswer> {
    const { agent, port } = this;
    return new Promise((resolve, reject) => {
      const options = { agent, port, path, method: "POST", host: "127.0.0.1" };
      const sent = request(
        { ...options, headers: { ...headers, "content-length": body.length } },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", reject);
          response.on("end", () => {
            const answer = Buffer.concat(parts);
            if (response.statusCode === 200) resolve({ headers: response.headers, body: answer });
            else reject(new Error(`${path} answered ${response.statusCode}: ${answer.toString()}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/**
 * A generator of load that costs as little as a `ws` client can: it sends prepared frames and counts the answers
 * without reading them. Beside the client library in a row it tells what the library costs, and what the other side.
 */
import WebSocket from "ws";
import type { GatewayFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import type { PreparedFrames } from "./prepared-frames.js";

/** What the other side of a socket speaks. */
export interface LeanPeer {
  readonly url: string;
  readonly subprotocol?: string;
  /** A message that is sent first and answered once, before any request. */
  readonly greeting?: Uint8Array;
  readonly frames: PreparedFrames;
  /** How many answers a message holds. @throws Error when it holds anything but answers */
  readonly answersIn: (message: Buffer) => number;
}

export class LeanClient {
  private id = 1;
  private call = 0;
  private hear: (message: Buffer) => void = () => {};

  private constructor(
    private readonly socket: WebSocket,
    private readonly peer: LeanPeer,
  ) {
    socket.on("message", (message: Buffer) => this.hear(message));
    socket.on("error", () => {}); // Ignored: a close event follows each error
  }

  static async open(peer: LeanPeer): Promise<LeanClient> {
    const options = { perMessageDeflate: false };
    const socket =
      peer.subprotocol === undefined
        ? new WebSocket(peer.url, options)
        : new WebSocket(peer.url, peer.subprotocol, options);
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    const client = new LeanClient(socket, peer);
    if (peer.greeting !== undefined) {
      const { greeting } = peer;
      await new Promise<void>((resolve) => {
        client.hear = () => resolve();
        socket.send(greeting);
      });
    }
    return client;
  }

  /**
   * Answers until the time is over, with so many requests in flight: each answer is followed by the next request.
   * @param isJoined whether the requests that are ready together go in one message, or each in one of its own
   */
  answers(inFlight: number, durationMs: number, isJoined: boolean): Promise<number> {
    const until = performance.now() + durationMs;
    return new Promise((resolve, reject) => {
      let [answers, open] = [0, inFlight];
      this.socket.once("close", () => reject(new Error(`${this.peer.url} closed the connection`)));
      this.hear = (message) => {
        try {
          const count = this.peer.answersIn(message);
          answers += count;
          if (performance.now() < until) return this.send(count, isJoined);
          open -= count;
        } catch (error) {
          return reject(error);
        }
        if (open > 0) return;
        this.socket.removeAllListeners("close");
        resolve(answers);
      };
      this.send(inFlight, isJoined);
    });
  }

  /** The milliseconds of each of `count` requests, made one after another. */
  times(count: number): Promise<number[]> {
    const times: number[] = [];
    return new Promise((resolve, reject) => {
      let started = 0;
      const next = () => {
        started = performance.now();
        this.send(1, true);
      };
      this.hear = (message) => {
        times.push(performance.now() - started);
        try {
          this.peer.answersIn(message);
        } catch (error) {
          return reject(error);
        }
        if (times.length === count) resolve(times);
        else next();
      };
      next();
    });
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.terminate();
  }

  /** `ws` copies a message when it masks it: the prepared frames can be used again at once. */
  private send(count: number, isJoined: boolean): void {
    const { frames } = this.peer;
    if (isJoined) this.socket.send(frames.message(this.call, this.id, count));
    else for (let i = 0; i < count; i++) this.socket.send(frames.message(this.call + i, this.id + i, 1));
    this.call += count;
    this.id = (this.id + count) % 0xffff_0000 || 1;
  }
}

/** Answers a second of all connections together, each with so many requests in flight. */
export async function leanRate(
  clients: readonly LeanClient[],
  inFlight: number,
  durationMs: number,
  isJoined: boolean,
): Promise<number> {
  const started = performance.now();
  const answers = await Promise.all(clients.map((each) => each.answers(inFlight, durationMs, isJoined)));
  return answers.reduce((sum, each) => sum + each, 0) / ((performance.now() - started) / 1_000);
}

/** How frames of the gateway begin after the head of their map. */
const resultBegins = Buffer.from("\xa4type\xa6result", "latin1");
const errorBegins = Buffer.from("\xa4type\xa5error", "latin1");

/** How many results a message of the gateway holds. @throws Error when a request was refused */
export function resultsIn(message: Buffer): number {
  let count = 0;
  for (let at = message.indexOf(resultBegins); at >= 0; count++)
    at = message.indexOf(resultBegins, at + resultBegins.length);
  if (count > 0 && !message.includes(errorBegins)) return count;
  const told = msgpackCodec.decode(message).map(({ value }) => value as GatewayFrame);
  throw new Error(`answered ${JSON.stringify(told.find(({ type }) => type !== "result") ?? told)}`);
}

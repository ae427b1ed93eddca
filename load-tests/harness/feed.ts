/** A bare feed and bare subscribers: what the bench itself costs is the same on both sides of a row. */
import WebSocket from "ws";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { toWire } from "../../protocol/tensor.js";
import { bytesOf } from "./echo.js";

export const watching = {
  detector: "gaussian_hmm",
  parameters: { warmup: 40, refit_every: 1_000_000, window: 1_000, enter_probability: 0.6, min_dwell: 1 },
};

/** Calm days of 0.01 and wild ones of 3, ten and ten, then two and two: so that a pair of days is a change. */
export function valueOn(day: number): number {
  const wild = day < 40 ? Math.floor(day / 10) % 2 === 1 : Math.floor(day / 2) % 2 === 1;
  return (wild ? 3 : 0.01) * (1 + (day % 7) / 10) * (day % 2 === 0 ? 1 : -1);
}

/** A stream of what the shipped model looks at: a return and the logs of range, volume and volatility. */
export const learned = { detector: "lstm-regime", parameters: {} };
export const featuresOn = (day: number) => [calmOn(day), -5, 0.1 * Math.sin(day), -5];

/** Days without a change. */
export const calmOn = (day: number) => 0.01 * Math.sin(day * 12.9898);

export function observeFrame(
  stream: string,
  from: number,
  count: number,
  id?: number,
  market: (day: number) => number | readonly number[] = valueOn,
): ClientFrame {
  const ts = Array.from({ length: count }, (_, i) => from + i);
  const data = Float64Array.from(ts.flatMap(market));
  const values = toWire({ datatype: "FP64", shape: [count, data.length / count], data });
  return { type: "observe", ...(id !== undefined && { id }), stream, ts, values };
}

export class BareClient {
  private constructor(readonly socket: WebSocket) {}

  static async open(port: number, subprotocol?: string): Promise<BareClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${subprotocol ? "/v1" : ""}`, subprotocol ?? [], {
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new BareClient(socket);
  }

  static async welcomed(port: number): Promise<BareClient> {
    const client = await BareClient.open(port, msgpackCodec.subprotocol);
    client.send({ type: "hello" });
    await client.frame(({ type }) => type === "welcome");
    return client;
  }

  send(...frames: readonly ClientFrame[]): void {
    this.socket.send(bytesOf(msgpackCodec.join(frames.map((frame) => msgpackCodec.encode(frame)))));
  }

  /** The next frame that fits, from now on. */
  frame(fits: (frame: GatewayFrame) => boolean): Promise<GatewayFrame> {
    return new Promise((resolve) => {
      const look = (message: Buffer) => {
        for (const { value } of msgpackCodec.decode(message)) {
          const frame = value as GatewayFrame;
          if (!fits(frame)) continue;
          this.socket.off("message", look);
          return resolve(frame);
        }
      };
      this.socket.on("message", look);
    });
  }

  answer(id: number): Promise<GatewayFrame> {
    return this.frame((frame) => "id" in frame && frame.id === id);
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Many at once, so many at a time that a listen queue holds them. */
export async function openMany<T>(count: number, open: (i: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let from = 0; from < count; from += 200)
    all.push(
      ...(await Promise.all(Array.from({ length: Math.min(200, count - from) }, (_, i) => open(from + i)))),
    );
  return all;
}

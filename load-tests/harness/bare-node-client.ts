/** The client of `peers/bare-node.ts`: ws, msgpackr and a map of the pending requests. */
import { pack, unpack } from "msgpackr";
import WebSocket from "ws";

interface BareAnswer {
  readonly id: number;
  readonly data: Uint8Array;
}

export class BareNodeClient {
  private readonly waiting = new Map<number, (answer: BareAnswer) => void>();
  private last = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on("message", (message: Buffer) => {
      const answer = unpack(message) as BareAnswer;
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  static async open(port: number): Promise<BareNodeClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new BareNodeClient(socket);
  }

  /** The model's answer for one row. */
  async infer(values: Float32Array): Promise<Float32Array> {
    const id = ++this.last;
    const answer = new Promise<BareAnswer>((resolve) => this.waiting.set(id, resolve));
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.socket.send(pack({ id, shape: [1, values.length], data }));
    const said = (await answer).data;
    return new Float32Array(Uint8Array.from(said).buffer);
  }

  close(): void {
    this.socket.terminate();
  }
}

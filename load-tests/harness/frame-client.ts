/**
 * A connection to a gateway that asks with frames as they are, several at a time, and finds the answer by its id.
 * Frames that the client library does not send are measured with it.
 */
import type { ClientFrame, GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import { BareClient } from "./bare-client.js";

/** A frame without its id, which the client gives it. */
type FrameWithoutId<F = ClientFrame> = F extends { readonly id: number } ? Omit<F, "id"> : never;

export type RequestFrame = FrameWithoutId;

export class FrameClient {
  private readonly waiting = new Map<number, (frame: GatewayFrame) => void>();
  private lastId = 0;

  private constructor(private readonly client: BareClient) {
    client.hear((frame) => {
      if (!("id" in frame) || frame.id === undefined) return;
      this.waiting.get(frame.id)?.(frame);
      this.waiting.delete(frame.id);
    });
  }

  static async open(port: number): Promise<FrameClient> {
    return new FrameClient(await BareClient.welcomed(port));
  }

  /** @throws Error with the gateway's message when it refuses */
  async ask(request: RequestFrame): Promise<GatewayFrame> {
    const id = ++this.lastId;
    const answer = new Promise<GatewayFrame>((resolve) => this.waiting.set(id, resolve));
    this.client.send({ ...request, id } as ClientFrame);
    const frame = await answer;
    if (frame.type === "error") throw new Error(`${request.type}: ${frame.code}: ${frame.message}`);
    return frame;
  }

  /** @throws Error also when the answer was kept from an earlier request, because then nothing was computed */
  async infer(
    request: Omit<Extract<RequestFrame, { readonly type: "infer" }>, "type">,
  ): Promise<ResultFrame> {
    const frame = await this.ask({ type: "infer", ...request });
    if (frame.type !== "result") throw new Error(`${request.model} was answered by ${frame.type}`);
    if (frame.cached) throw new Error(`${request.model} was not computed: its answer was kept`);
    return frame;
  }

  close(): void {
    this.client.close();
  }
}

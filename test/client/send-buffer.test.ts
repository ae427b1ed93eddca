import { expect, it } from "vitest";
import { SendBuffer } from "../../client/typescript/send-buffer.js";
import type { Socket } from "../../client/typescript/socket.js";
import type { Codec, EncodedMessage } from "../../protocol/codec.js";
import { codec } from "../support/transport.js";

/** The sizes of the messages that are sent when five frames of 400 bytes are ready at once. */
async function messageSizes(of: Codec, messageBytesMax?: number): Promise<number[]> {
  const sizes: number[] = [];
  const socket: Socket = {
    send: (message: EncodedMessage) => void sizes.push(of.size(message)),
    close() {},
    terminate() {},
  };
  const buffer = new SendBuffer(socket, of);
  if (messageBytesMax !== undefined) buffer.bound(messageBytesMax);
  const ack = (letters: number) => of.encode({ type: "ack", id: 1, filler: "x".repeat(letters) });
  const frame = Array.from({ length: 400 }, (_, letters) => ack(letters)).find(
    (each) => of.size(each) === 400,
  );
  if (frame === undefined) throw new Error("no ack has 400 bytes");
  for (let i = 0; i < 5; i++) buffer.add(frame, 400);
  await Promise.resolve();
  return sizes;
}

it("combines the frames that are ready in one turn", async () => {
  expect(await messageSizes(codec())).toEqual([2_000]);
});

it("combines no more than the gateway accepts in a message", async () => {
  expect(await messageSizes(codec(), 1_200)).toEqual([1_200, 800]);
});

it("counts the line ends between the frames of a JSON message", async () => {
  expect(await messageSizes(codec("headgate.v1.json"), 1_200)).toEqual([801, 801, 400]);
});

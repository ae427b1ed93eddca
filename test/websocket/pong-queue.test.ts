import { expect, it } from "vitest";
import { PongQueue, pongsWaitingMax } from "../../gateway/faces/websocket/pong-queue.js";

function stuck() {
  const sent: { readonly payload: string; readonly left: () => void }[] = [];
  const pongs = new PongQueue((payload, left) => sent.push({ payload: payload.toString(), left }));
  return {
    sent,
    ping: (text: string) => pongs.answer(Buffer.from(text)),
    payloads: () => sent.map((s) => s.payload),
  };
}

it("each ping is answered with its payload, in order", () => {
  const { sent, ping, payloads } = stuck();
  for (let i = 0; i < pongsWaitingMax; i++) ping(`${i}`);
  expect(payloads()).toEqual(Array.from({ length: pongsWaitingMax }, (_, i) => `${i}`));
  for (const { left } of sent.splice(0)) left();
  ping("on");
  expect(payloads()).toEqual(["on"]);
});

it("of a flood that is not read only the latest is kept, and answered when the others have left", () => {
  const { sent, ping, payloads } = stuck();
  for (let i = 0; i < 100_000; i++) ping(`${i}`);
  expect(sent).toHaveLength(pongsWaitingMax);
  const waiting = sent.splice(0);
  for (const { left } of waiting.slice(1)) left();
  expect(sent).toEqual([]);
  waiting[0]?.left();
  expect(payloads()).toEqual(["99999"]);
  sent.splice(0)[0]?.left();
  expect(sent).toEqual([]);
});

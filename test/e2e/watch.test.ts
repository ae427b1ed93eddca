/** Watching over a real socket: a client that does not read is sent fewer samples, and keeps its connection. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SampleFrame } from "../../protocol/frames.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** More than the buffers of the two sockets take, so that the rest waits in the gateway. */
const unreadBytes = 24 * 1024 * 1024;

async function watching(subprotocol: string) {
  const client = await BareSocket.open(gateway.url, { subprotocol });
  client.send({ type: "watch", id: 1, topic: "gateway.stats", interval_ms: 250 });
  const seqs = () =>
    client.frames.filter((frame): frame is SampleFrame => frame.type === "sample").map(({ seq }) => seq);
  await until(async () => expect(seqs()).not.toEqual([]));
  return { client, seqs };
}

describe("a client that does not read for a while", () => {
  it.each(["headgate.v1.msgpack", "headgate.v1.json"])(
    "over %s misses samples, which seq shows, and gets the newest when it reads again",
    async (subprotocol) => {
      const quick = await watching("headgate.v1.msgpack");
      const slow = await watching(subprotocol);
      slow.client.send({ type: "describe", id: 2 });
      await until(async () =>
        expect(slow.client.frames).toContainEqual(expect.objectContaining({ type: "ack", id: 2 })),
      );
      const answer = slow.client.frames.find((frame) => frame.type === "ack" && frame.id === 2);
      const answers = Math.ceil(unreadBytes / JSON.stringify(answer).length);
      slow.client.socket.pause();
      const read = slow.seqs().length;
      for (let i = 0; i < answers; i++) slow.client.send({ type: "describe", id: 10 + i });
      const before = quick.seqs().length;
      await until(async () => expect(quick.seqs().length).toBeGreaterThan(before + 8));
      const newest = quick.seqs().at(-1) as number;
      slow.client.socket.resume();
      await until(async () => expect(slow.seqs().at(-1)).toBeGreaterThan(newest));
      const seqs = slow.seqs().slice(read - 1);
      const steps = seqs.slice(1).map((seq, i) => seq - (seqs[i] as number));
      expect(Math.min(...steps)).toBeGreaterThan(0);
      expect(Math.max(...steps)).toBeGreaterThan(1);
      expect(slow.client.frames.filter((frame) => frame.type === "ack")).toHaveLength(answers + 2);
      expect(slow.client.socket.readyState).toBe(slow.client.socket.OPEN);
      for (const { client } of [quick, slow]) client.socket.close();
    },
  );
});

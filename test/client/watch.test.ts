/** The client's watches: what they ask the gateway for, across connections, and how they end. */
import { describe, expect, it } from "vitest";
import { type Sample, Watches, type WatchOptions } from "../../client/typescript/watch.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, ErrorFrame, GatewayFrame, SampleFrame } from "../../protocol/frames.js";
import type { WatchTopic } from "../../protocol/samples.js";

const features = ["infer", "watch"];
const refusal = new HeadgateError("permission_denied", "the token does not grant the scope metrics:read");
const lost = new HeadgateError("unavailable", "the connection was lost");

function client({
  connected = true,
  answer = async (): Promise<GatewayFrame> => ({ type: "ack", id: 1 }),
} = {}) {
  const sent: ClientFrame[] = [];
  const state = { connected, answer };
  const watches = new Watches({
    connected: () => state.connected,
    askOnce: (frame) => {
      sent.push(frame(1));
      return state.answer();
    },
  });
  const samples: Sample[] = [];
  const ends: HeadgateError[] = [];
  const watch = (topic: WatchTopic, options: WatchOptions = {}) =>
    watches.watch(topic, { onEnd: (error) => ends.push(error), ...options }, (each) => samples.push(each));
  return { watches, watch, sent, samples, ends, state };
}

function sample(topic: WatchTopic, seq: number): SampleFrame {
  return { type: "sample", topic, ts: 5, seq, data: { left_out: 0 } } as SampleFrame;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a watch of the client", () => {
  it("is asked for, hears of its samples alone, and is ended at the gateway when it is stopped", () => {
    const { watches, watch, sent, samples } = client();
    watches.restore(features);
    const handle = watch("gateway.streams", { intervalMs: 2_000, contains: "SPX" });
    watches.deliver(sample("gateway.streams", 3));
    watches.deliver(sample("gateway.workers", 4));
    expect(samples).toEqual([{ topic: "gateway.streams", ts: 5, seq: 3, data: { left_out: 0 } }]);
    handle.stop();
    handle.stop();
    watches.deliver(sample("gateway.streams", 4));
    expect(samples).toHaveLength(1);
    expect(sent).toEqual([
      { type: "watch", id: 1, topic: "gateway.streams", interval_ms: 2_000, contains: "SPX" },
      { type: "unwatch", id: 1, topic: "gateway.streams" },
    ]);
  });

  it("is asked for again on a new connection, and not while there is none", async () => {
    const { watches, watch, sent, ends, state } = client({
      connected: false,
      answer: () => Promise.reject(lost),
    });
    watch("gateway.stats");
    expect(sent).toEqual([]);
    state.connected = true;
    watches.restore(features);
    await settle(); // the connection is lost before the answer
    state.answer = async () => ({ type: "ack", id: 1 });
    watches.restore(features);
    await settle();
    expect(sent).toEqual([
      { type: "watch", id: 1, topic: "gateway.stats" },
      { type: "watch", id: 1, topic: "gateway.stats" },
    ]);
    expect(ends).toEqual([]);
  });

  it("ends with the gateway's refusal, and can be asked for again", async () => {
    const { watches, watch, sent, ends, state } = client({ answer: () => Promise.reject(refusal) });
    watches.restore(features);
    watch("gateway.workers");
    await settle();
    expect(ends).toEqual([refusal]);
    state.answer = async () => ({ type: "ack", id: 1 });
    watch("gateway.workers");
    expect(sent).toHaveLength(2);
  });

  it("ends without a frame where the gateway lacks the feature, which would close the connection", () => {
    const { watches, watch, sent, ends } = client();
    watches.restore(["infer"]);
    watch("gateway.stats");
    expect(sent).toEqual([]);
    expect(ends).toMatchObject([{ code: "unimplemented" }]);
  });

  it("ends when the gateway says that it is over", () => {
    const { watches, watch, ends } = client();
    watches.restore(features);
    watch("gateway.stats");
    const over = {
      code: "resource_exhausted",
      message: "too large",
      retryable: false,
      processed: "no",
    } as const;
    const frame: ErrorFrame = { type: "error", topic: "gateway.models", ...over };
    watches.refused(frame);
    expect(ends).toEqual([]);
    watches.refused({ ...frame, topic: "gateway.stats" });
    expect(ends).toMatchObject([{ code: "resource_exhausted", message: "too large" }]);
  });

  it("is refused beside another of the same topic, and once the client has ended", () => {
    const { watches, watch, ends } = client();
    watches.restore(features);
    watch("gateway.stats");
    expect(() => watch("gateway.stats")).toThrow(/watches gateway.stats already/);
    watches.endAll(undefined, refusal);
    expect(ends).toEqual([]); // who closes the client knows it
    expect(() => watch("gateway.workers")).toThrow(refusal.message);
  });

  it("hears why no connection will come any more", () => {
    const { watches, watch, ends } = client();
    watches.restore(features);
    watch("gateway.stats");
    watches.endAll(refusal, refusal);
    expect(ends).toEqual([refusal]);
  });
});

import { expect, it } from "vitest";
import { SessionState } from "../../client/typescript/session-state.js";
import type { AckFrame, ClientFrame } from "../../protocol/frames.js";

function standing() {
  const asked: ClientFrame[] = [];
  const answer = (frame: (id: number) => ClientFrame): Promise<AckFrame> => {
    asked.push(frame(1));
    return Promise.resolve({
      type: "ack",
      id: 1,
      created: true,
      observations: 0,
      last_ts: null,
      ...acks.shift(),
    });
  };
  const restarted: string[] = [];
  const lost: unknown[] = [];
  const acks: Partial<AckFrame>[] = [];
  const made = new SessionState({
    connected: () => true,
    ack: answer,
    askOnce: answer,
    restarted: (stream) => restarted.push(stream),
    lost: (...told) => lost.push(told),
    observeFailed: () => {},
  });
  return { standing: made, asked, restarted, lost, acks };
}

it("a topic and the pattern that covers it are not both listened to: frames do not say whose they are", () => {
  const { standing: held } = standing();
  const one = held.subscribe("regime.SPX", {});
  expect(() => held.subscribe("regime.*", {})).toThrow(/listens to regime.SPX already/);
  expect(() => held.subscribe("regime.SPX", {})).toThrow(/failed|already/);
  one.close();
  held.subscribe("regime.*", {});
  expect(() => held.subscribe("regime.NDX", {})).toThrow(/listens to regime.\* already/);
});

it("a pattern without topics has caught up once it is confirmed", async () => {
  const { standing: held } = standing();
  await held.subscribe("regime.*", {}).caughtUp;
});

it("a new connection opens the streams, then subscribes, and tells of streams that start afresh", async () => {
  const { standing: held, asked, restarted } = standing();
  await held.openStream("SPX", { detector: "gaussian_hmm", replace: true });
  held.subscribe("regime.SPX", {});
  asked.length = 0;
  held.restore();
  expect(asked).toMatchObject([
    { type: "open", stream: "SPX" },
    { type: "subscribe", topic: "regime.SPX" },
  ]);
  expect(asked[0]).not.toHaveProperty("replace"); // a reconnection throws nothing away
  await Promise.resolve();
  await Promise.resolve();
  expect(restarted).toEqual(["SPX"]);
});

it("a gateway that has less of a stream than was acked before is told of, once; one that has more is not", async () => {
  const { standing: held, acks, lost } = standing();
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const reopen = async (last_ts: number | null) => {
    acks.push({ created: last_ts === null, last_ts });
    held.restore();
    await settled();
  };
  acks.push({ created: false, last_ts: 5 }, { accepted: 2, duplicates: 0, last_ts: 7 });
  const stream = await held.openStream("SPX", { detector: "bocpd" });
  await stream.observe([6, 7], [[1], [2]]);
  await reopen(7);
  await reopen(9); // another feeds it too
  expect(lost).toEqual([]);
  await reopen(8);
  await reopen(8);
  await reopen(null);
  await reopen(null);
  expect(lost).toEqual([
    ["SPX", 9, 8],
    ["SPX", 8, null],
  ]);
});
